#pragma once

#include "lib/async/task.h"
#include "lib/model/attempt.h"
#include "lib/model/hash.h"
#include "lib/model/message.h"
#include "lib/model/outcome.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// The right to make one provider request, asked for.
struct ClaimRequest {
    MessageId message_id = 0;
    std::string row_version;  ///< of the row that was prepared
    int media_count = 0;      ///< and its media
    std::string channel;
    int shard = 0;
    ConversationId conversation{};
    Hash content_hash{};
    std::string destination;  ///< as the journal keeps it: encrypted when there is a key
    /// Asked again with the same key, a claim is the same claim: for when its answer was lost.
    std::string idempotency_key;
};

/// The right, granted: committed to the journal under this daemon's name.
struct Claim {
    MessageId message_id = 0;
    AttemptKey attempt;
};

/// What the row says afterwards.
enum class Disposition {
    sent,       ///< sent_date set
    given_up,   ///< errored, sent_date says when
    waiting,    ///< still due: tried again at `retry_at`
    next_part,  ///< still due: this part has been accepted, and the next may go at once
    in_doubt,   ///< still due, its attempt stays open: the provider's records will tell
};

/// An attempt that has ended, and what follows for its message.
struct AttemptResult {
    AttemptId attempt_id = 0;
    MessageId message_id = 0;
    std::string row_version;                           ///< of the row that was claimed; empty: not known
    std::optional<std::string> transmission_metadata;  ///< of that row
    Outcome outcome;
    Disposition disposition = Disposition::waiting;
    TimePoint ended;
    int failed_attempts = 0;  ///< when waiting
    TimePoint retry_at;       ///< when waiting
    /// When waiting: the next try repeats the idempotency key, for the provider to tell whether it
    /// has accepted this one.
    bool repeats_key = false;
};

/// The ledger of messages and attempts, as the way out sees it. Two stores implement it:
/// PostgreSQL, and memory for tests. Any call may throw when the database is away; nothing is then
/// known of it: claims asked for may or may not be in the journal, results may or may not be in.
class Outbox {
public:
    virtual ~Outbox() = default;

    /// Waiting rows after `after` and due by `until`, in the order of their keys, `limit` at most.
    virtual Task<std::vector<OutgoingMessage>> read_due(MessageKey after, TimePoint until,
                                                        std::size_t limit) = 0;

    /// Those of the rows that still wait, whenever they are due.
    virtual Task<std::vector<OutgoingMessage>> read(std::vector<MessageId> ids) = 0;

    /// Journals an attempt, in one transaction, for each row that is still due at `now`, unlocked
    /// and as it was prepared, has no other open attempt, and whose shard is this daemon's. Only
    /// what is returned may be sent.
    virtual Task<std::vector<Claim>> claim(std::vector<ClaimRequest> requests, TimePoint now) = 0;

    /// Takes back claims whose answer was lost and that are not asked for again: nothing was sent
    /// under these keys. Claims of others, and those that never got into the journal, stay as
    /// they are.
    virtual Task<> withdraw(std::vector<std::string> idempotency_keys) = 0;

    /// Ends attempts and writes what came of them, in one transaction. Keys of others in the
    /// metadata are kept byte for byte, also those written since the claim. Recording a result
    /// again changes nothing.
    virtual Task<> record(std::vector<AttemptResult> results) = 0;

    /// Takes over attempts, of conversations that are this daemon's, that a daemon left open when
    /// it ended. Among them are this daemon's own that have been open for long: it knows which of
    /// them it has in hand, and which it has taken over before without getting the answer.
    virtual Task<std::vector<OpenAttempt>> adopt_open_attempts() = 0;
};

}  // namespace postrider
