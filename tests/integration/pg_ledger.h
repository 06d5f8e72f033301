#pragma once

#include "lib/store/pg_outbox.h"
#include "tests/conformance/ledger.h"
#include "tests/integration/test_database.h"

#include <optional>

namespace postrider::testing {

/// The suite of tests/conformance on PostgreSQL, and what only tests of PostgreSQL want of it. One at
/// a time: they share a database, whose tables each finds empty.
class PgLedger final : public Ledger {
public:
    explicit PgLedger(Executor executor);

    /// More than the rows of messages, attempts and daemons is changed in it: the next ledger has a
    /// new database.
    static void keep_database_from_others();

    std::unique_ptr<Outbox> outbox(std::function<DaemonId()> daemon) override;
    std::unique_ptr<MembershipStore> membership() override;
    TimePoint now() override { return db.now(); }

    MessageId insert(const StoredRow& row) override;
    void write(MessageId id, const StoredRow& row) override;
    void erase(MessageId id) override;
    void add_media(MessageId id, const Media& media = {}) override;
    void declare_complete(MessageId id) override;
    void hold(MessageId id) override;
    void release(MessageId id) override;
    void ask_for_another_try(MessageId id, TimePoint at) override;
    void set_suspensions(const std::vector<Suspension>& suspensions) override;
    Transaction lock(MessageId id) override;
    Transaction begin_media(MessageId id) override;
    std::optional<StoredRow> row(MessageId id) override;
    std::string row_version(MessageId id) override;

    DaemonId new_daemon() override;
    void end(DaemonId id) override;
    void cut(DaemonId id) override;
    void give_shard(int shard, std::optional<DaemonId> owner) override;
    void give_all_shards(DaemonId owner) override;
    void age_heartbeat(DaemonId id, std::chrono::seconds by) override;
    bool is_alive(DaemonId id) override;
    bool has_session(DaemonId id) override;
    TimePoint heartbeat(DaemonId id) override;
    std::map<int, DaemonId> shards() override;

    void age_open_attempts(std::chrono::seconds by) override;
    std::vector<JournaledAttempt> open_attempts() override;
    std::vector<JournaledResult> history() override;

    TestDatabase& db;
    Database database;                       ///< of outboxes
    HeldRows held;                           ///< and what they leave out
    std::optional<TimePoint> clock_reading;  ///< the last that one of them told

private:
    Executor executor_;
};

}  // namespace postrider::testing
