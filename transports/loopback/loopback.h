#pragma once

#include "lib/async/clock.h"
#include "lib/config/transport_kind.h"
#include "transports/loopback/settings.h"

#include <memory>

namespace postrider::loopback {

/// Waits `delay` by `clock`, asks the permit once a call, and answers as the settings say. `clock`
/// outlives the transport.
std::unique_ptr<Transport> make_transport(Settings settings, Clock& clock);

/// `transport: loopback`.
const TransportKind& kind();

}  // namespace postrider::loopback
