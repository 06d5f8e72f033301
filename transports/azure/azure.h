#pragma once

#include "lib/async/clock.h"
#include "lib/config/transport_kind.h"
#include "lib/net/http_client.h"
#include "transports/azure/settings.h"

#include <memory>

namespace postrider::azure {

/// One message a request. Azure keeps no records that can be asked, but knows a request that comes again
/// within minutes. `http` and `clock` outlive the transport.
std::unique_ptr<Transport> make_transport(Settings settings, HttpClient& http, const Clock& clock);

/// `transport: azure`.
const TransportKind& kind();

}  // namespace postrider::azure
