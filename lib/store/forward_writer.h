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

/// For each of the endpoints, in their order. Of each conversation only the first that waits may be taken.
void insert_forwards(pqxx::transaction_base& transaction, const std::vector<std::string>& endpoints,
                     const std::vector<NewForward>& forwards);

/// What is before others of its conversation no more.
struct EndedForward {
    std::string endpoint;
    std::string conversation;
};
/// Before something of these conversations is ended: until the transaction is over, nobody adds to them.
void lock_conversations(pqxx::transaction_base& transaction, const std::vector<std::string>& conversations);
/// Lets the next of each be taken.
void release_next(pqxx::transaction_base& transaction, const std::vector<EndedForward>& ended);

}  // namespace postrider
