#pragma once

#include "lib/async/clock.h"
#include "lib/config/transport_kind.h"
#include "lib/net/http_client.h"
#include "transports/webhook/settings.h"

#include <memory>

namespace postrider::webhook {

/// One message a request. Receivers know a message that comes again by its id, so what is in doubt is sent
/// again. `http` and `clock` outlive the transport.
std::unique_ptr<Transport> make_transport(Settings settings, HttpClient& http, const Clock& clock);

/// `transport: webhook`.
const TransportKind& kind();

}  // namespace postrider::webhook
