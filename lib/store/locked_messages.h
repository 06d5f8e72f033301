#pragma once

#include "lib/model/attempt.h"
#include "lib/store/pqxx_fwd.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// A message as it is, its row locked, and what the journal says of it.
struct LockedMessage {
    bool waits = false;  ///< neither sent nor errored
    bool errored = false;
    std::string destination;  ///< as stored
    std::string text;         ///< as stored; empty above text_bytes_max
    std::optional<std::string> metadata;
    bool attempt_open = false;
    bool in_doubt = false;  ///< that attempt
    bool retry_waits = false;
    AttemptId last_end = 0;  ///< 0: none
    bool ended_in_doubt = false;
    /// The row waits though the journal knows its end: somebody saved an old copy of it.
    bool overwritten = false;

    /// Why nothing can be done to it whose request may be under way; nothing if it is not.
    std::optional<std::string> busy() const;
};
using LockedMessages = std::map<MessageId, LockedMessage>;

/// Locks the rows until the transaction ends. No claim can then be under way that is not seen. Blocks.
LockedMessages lock_messages(pqxx::transaction_base& transaction, const std::vector<MessageId>& ids);

}  // namespace postrider
