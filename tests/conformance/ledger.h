#pragma once

#include "lib/dispatch/membership_store.h"
#include "lib/dispatch/outbox.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace postrider::testing {

/// A row of the message table, as applications write it. Due for long, unless told.
struct StoredRow {
    std::string destination = "+15550100";
    std::string text = "hello";
    TimePoint send_date{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}};
    std::optional<TimePoint> sent_date = {};
    bool errored = false;
    std::optional<std::string> metadata = "{}";
    std::optional<std::string> lookup_key = {};

    bool operator==(const StoredRow&) const = default;
};

/// An attempt in the journal that is open.
struct JournaledAttempt {
    AttemptId id = 0;
    DaemonId daemon = 0;
    ClaimRequest request;  ///< as far as the journal keeps it
};

/// An attempt in the journal that has ended.
struct JournaledResult {
    AttemptId id = 0;
    MessageId message_id = 0;
    DaemonId daemon = 0;
    std::string idempotency_key;
    Verdict verdict{};
    std::string provider_id;
    Disposition disposition{};

    bool operator==(const JournaledResult&) const = default;
};

/// The transaction of somebody else, committed when the last holder lets go of it.
using Transaction = std::shared_ptr<void>;

/// A store under test: the interfaces that daemons have to it, what applications, operators and
/// time do to it, and what is in it.
class Ledger {
public:
    virtual ~Ledger() = default;

    /// A link to it for the daemon whose name `daemon` tells.
    virtual std::unique_ptr<Outbox> outbox(std::function<DaemonId()> daemon) = 0;
    virtual std::unique_ptr<MembershipStore> membership() = 0;
    virtual TimePoint now() = 0;

    virtual MessageId insert(const StoredRow& row) = 0;
    /// Writes all columns.
    virtual void write(MessageId id, const StoredRow& row) = 0;
    virtual void erase(MessageId id) = 0;
    virtual void add_media(MessageId id, const Media& media = {}) = 0;
    virtual void declare_complete(MessageId id) = 0;
    /// Operators: it waits until it is released, it is to be tried again.
    virtual void hold(MessageId id) = 0;
    virtual void release(MessageId id) = 0;
    virtual void ask_for_another_try(MessageId id, TimePoint at) = 0;
    /// Instead of what was suspended until then.
    virtual void set_suspensions(const std::vector<Suspension>& suspensions) = 0;
    /// Somebody is about to write the row, or to add media to it.
    [[nodiscard]] virtual Transaction lock(MessageId id) = 0;
    [[nodiscard]] virtual Transaction begin_media(MessageId id) = 0;
    /// Also of rows that wait no more; nullopt when there is none.
    virtual std::optional<StoredRow> row(MessageId id) = 0;
    virtual std::string row_version(MessageId id) = 0;

    /// A daemon in the ledger, alive, without shards and without a session.
    virtual DaemonId new_daemon() = 0;
    virtual void end(DaemonId id) = 0;
    /// Its session is gone, as if its process had died or its link were cut.
    virtual void cut(DaemonId id) = 0;
    virtual void give_shard(int shard, std::optional<DaemonId> owner) = 0;
    virtual void give_all_shards(DaemonId owner) = 0;
    virtual void age_heartbeat(DaemonId id, std::chrono::seconds by) = 0;
    virtual bool is_alive(DaemonId id) = 0;
    /// Holds the lock that dies with the session.
    virtual bool has_session(DaemonId id) = 0;
    virtual TimePoint heartbeat(DaemonId id) = 0;
    /// Those that are free are missing.
    virtual std::map<int, DaemonId> shards() = 0;

    /// As if all open attempts had been claimed so much earlier.
    virtual void age_open_attempts(std::chrono::seconds by) = 0;
    /// In the order of their ids.
    virtual std::vector<JournaledAttempt> open_attempts() = 0;
    virtual std::vector<JournaledResult> history() = 0;
};

/// An empty one, on a loop that outlives it. Each program that runs the suite has one kind.
std::unique_ptr<Ledger> make_ledger(Executor executor);

}  // namespace postrider::testing
