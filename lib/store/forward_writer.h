#pragma once

#include "lib/store/pqxx_fwd.h"

#include <cstdint>
#include <string>
#include <vector>

namespace postrider {

/// Something that endpoints are to be told.
struct NewForward {
    std::string event;
    std::string conversation;
    std::int64_t message_id = 0;
    std::string report{};  ///< JSON; empty: none
};

/// For each of the endpoints, in their order.
void insert_forwards(pqxx::transaction_base& transaction, const std::vector<std::string>& endpoints,
                     const std::vector<NewForward>& forwards);

}  // namespace postrider
