#pragma once

#include "lib/async/clock.h"
#include "lib/dispatch/membership_store.h"
#include "lib/dispatch/outbox.h"
#include "lib/dispatch/result_metadata.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace postrider::testing {

/// The tables that daemons share, in memory; `memory_outbox` and `memory_membership` are a
/// daemon's links to it. What the statements of lib/store do, in the words of C++.
struct MemoryDatabase {
    struct Row {
        std::string destination = "+13125550101";
        std::string text = "hello";
        TimePoint send_date;
        std::optional<std::string> metadata;
        std::optional<std::string> lookup_key;
        std::optional<TimePoint> sent_date;
        bool errored = false;
        int media_count = 0;
        std::vector<Media> media;  ///< as far as a test cares what they are
        bool ready = false;        ///< postrider.ready_message: no part of the row's version
        bool held = false;         ///< postrider.message_hold
        bool locked = false;       ///< somebody is writing it
        std::uint64_t version = 0;

        bool waits() const { return !sent_date && !errored; }
    };
    struct Attempt {
        AttemptId id = 0;
        DaemonId daemon = 0;
        ClaimRequest request;
        TimePoint first_sent;
        TimePoint claimed;
        TimePoint send_date = {};
        std::optional<TimePoint> doubt_since = {};
        std::string doubt_reason = {};
        TimePoint over = {};
    };
    struct Ended {
        Attempt attempt;
        EndedAttempt end;
        Disposition disposition{};

        bool is_final() const {
            return disposition == Disposition::sent || disposition == Disposition::given_up;
        }
    };
    struct Retry {
        int failed_attempts = 0;
        TimePoint not_before;
        std::string reason;
        AttemptId attempt_id = 0;
        int next_part = 1;
        std::optional<RepeatedKey> repeated_key;
        std::optional<TimePoint> retried = {};  ///< an operator asked for another try
    };
    struct Daemon {
        bool ended = false;
        bool lock_held = true;
        TimePoint heartbeat;
        std::optional<TimePoint> ended_at = {};
    };

    explicit MemoryDatabase(const Clock& its_clock) : clock(its_clock) {}

    /// As an application does; returns the id.
    MessageId insert(Row row);
    /// A message of which `daemon` has an attempt open, and the result that it was sent.
    AttemptResult insert_sent(DaemonId daemon);
    /// Any write by anybody makes a new version.
    void edit(MessageId id, const std::function<void(Row&)>& change);
    void erase(MessageId id) { rows.erase(id); }
    /// The process or its connection has gone.
    void end_session(DaemonId id) { daemons.at(id).lock_held = false; }

    bool is_alive(DaemonId id) const { return daemons.contains(id) && !daemons.at(id).ended; }
    bool owns(DaemonId id, int shard) const {
        const auto found = shards.find(shard);
        return found != shards.end() && found->second == id;
    }
    OutgoingMessage read(MessageId id) const;
    /// The last end of a message that the journal knows.
    const Ended* last_end(MessageId id) const;
    /// Of which parts the provider has accepted something since the message was last sent whole.
    std::vector<Hash> accepted_parts(MessageId id) const;
    /// How often the provider was asked for a message, by verdict.
    std::vector<Verdict> verdicts(MessageId id) const;

    const Clock& clock;
    std::map<MessageId, Row> rows;
    std::map<MessageId, Attempt> open;  ///< one for each message: the unique index
    std::vector<Ended> history;
    std::map<MessageId, Retry> retries;
    std::map<DaemonId, Daemon> daemons;
    std::map<int, DaemonId> shards;  ///< those that are free are missing
    std::vector<Suspension> suspensions;
    std::map<AttemptId, Outcome> reported;  ///< attempts that delivery reports speak of
    MessageId last_message = 0;
    AttemptId last_attempt = 0;
    std::uint64_t last_version = 0;
};

}  // namespace postrider::testing
