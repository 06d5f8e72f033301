#pragma once

#include "lib/inbound/receiver.h"
#include "transports/loopback/settings.h"

#include <memory>

namespace postrider::loopback {

/// Takes forms with `LoopbackMessage`, `From`, `To` and files, as the Django package's test page posts them: for
/// trials, so only from the hosts that the channel names in `allow_from`.
std::shared_ptr<const Receiver> make_receiver(const Settings& settings);

}  // namespace postrider::loopback
