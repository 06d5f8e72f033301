#pragma once

#include "lib/inbound/receiver.h"
#include "transports/azure/settings.h"

#include <memory>

namespace postrider::azure {

/// Takes what Event Grid delivers, in its own schema and as CloudEvents: texts that came in, delivery reports,
/// and the handshakes of both. Event Grid signs nothing, so a secret of the channel must be there: as
/// `key` in the query, or in the header `X-Webhook-Secret`.
std::shared_ptr<const Receiver> make_receiver(const Settings& settings);

}  // namespace postrider::azure
