#pragma once

#include "lib/inbound/receiver.h"
#include "transports/twilio/settings.h"

#include <memory>

namespace postrider::twilio {

/// Takes incoming messages and status callbacks that are signed with the account's auth token (or its
/// secondary one, while they are changed).
std::shared_ptr<const Receiver> make_receiver(const Settings& settings);

}  // namespace postrider::twilio
