#pragma once

#include "lib/model/hash.h"
#include "lib/model/message.h"

#include <optional>
#include <string>

namespace postrider {

/// A message that has been admitted to a lane and waits there for its moment.
struct Waiting {
    OutgoingMessage message;
    Address destination;  ///< in the clear
    ConversationId conversation{};
    int shard = 0;
    TimePoint first_seen;
    TimePoint not_before;
    std::string reason;  ///< what it waits for
    std::optional<TimePoint> expires_at;
    /// Why it will not be sent, if so. It is claimed all the same, so that exactly one daemon says so.
    std::optional<std::string> refusal;
    /// Given at the first claim, and kept while its answer is not known.
    std::string idempotency_key;
    /// A claim with that key has been asked for, and its answer lost: it may be in the journal.
    bool asked = false;
};

}  // namespace postrider
