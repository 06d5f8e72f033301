#pragma once

#include "lib/model/hash.h"
#include "lib/model/message.h"

#include <optional>
#include <string>

namespace postrider {

/// A message that has been admitted to a lane and waits there for its moment.
struct Waiting {
    OutgoingMessage message;
    Address destination;   ///< in the clear
    bool old_key = false;  ///< the row has it encrypted under one of the old keys
    ConversationId conversation{};
    RecipientId recipient{};
    int shard = 0;
    int priority = 0;  ///< larger ones first, but never within a conversation
    TimePoint first_seen;
    TimePoint not_before;
    std::string reason;  ///< what it waits for
    std::optional<TimePoint> expires_at;
    /// Why it will not be sent, if so. It is claimed all the same, so that exactly one daemon says so.
    std::optional<std::string> refusal;
    /// Only its place is here: it is read again when its turn comes.
    bool parked = false;
    /// Taken in though messages before it are not here: none of them is of its conversation.
    bool ahead = false;
    /// Given at the first claim, and kept while its answer is not known.
    std::string idempotency_key;
    /// A claim with that key has been asked for, and its answer lost: it may be in the journal.
    bool asked = false;
};

}  // namespace postrider
