#pragma once

#include "lib/model/message.h"
#include "lib/store/pqxx_fwd.h"

#include <string>

namespace postrider {

/// The provider's name for a request of this message, of which only the beginning is known; empty where the
/// journal has none that begins so. Blocks.
std::string find_provider_id(pqxx::connection& connection, MessageId message, const std::string& beginning);

}  // namespace postrider
