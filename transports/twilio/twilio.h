#pragma once

#include "lib/async/clock.h"
#include "lib/config/transport_kind.h"
#include "lib/net/http_client.h"
#include "transports/twilio/settings.h"

#include <memory>

namespace postrider::twilio {

/// One message a request, by Twilio's Messages API. Twilio knows no idempotency key: what is in doubt
/// must be looked up before it is sent again. `http` and `clock` outlive the transport.
std::unique_ptr<Transport> make_transport(Settings settings, HttpClient& http, const Clock& clock);

/// `transport: twilio`.
const TransportKind& kind();

}  // namespace postrider::twilio
