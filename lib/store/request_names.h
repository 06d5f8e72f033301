#pragma once

#include "lib/model/message.h"
#include "lib/store/pqxx_fwd.h"

#include <optional>
#include <string>

namespace postrider {

/// A request that the journal knows.
struct KnownRequest {
    std::string provider_id;
    std::string channel;      ///< by which it went
    std::string destination;  ///< as its row has it now; empty: there is none any more
};

/// The last request of this message whose name, by which the provider knows it, begins so; nothing where the
/// journal has none, or the beginning is empty. Blocks.
std::optional<KnownRequest> find_request(pqxx::connection& connection, MessageId message,
                                         const std::string& beginning);

}  // namespace postrider
