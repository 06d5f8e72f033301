// The suite of tests/conformance on the ledger in memory.
#include "tests/conformance/ledger.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_membership.h"
#include "tests/support/memory_outbox.h"

#include <algorithm>

namespace postrider::testing {

namespace {

class MemoryLedger final : public Ledger {
public:
    explicit MemoryLedger(Executor executor) : executor_(std::move(executor)) {}

    std::unique_ptr<Outbox> outbox(std::function<DaemonId()> daemon) override {
        return std::make_unique<MemoryOutbox>(executor_, database_, std::move(daemon));
    }
    std::unique_ptr<MembershipStore> membership() override {
        return std::make_unique<MemoryMembership>(executor_, database_);
    }
    TimePoint now() override { return clock_.now(); }

    MessageId insert(const StoredRow& row) override {
        MemoryDatabase::Row made;
        set(made, row);
        return database_.insert(std::move(made));
    }
    void write(MessageId id, const StoredRow& row) override {
        database_.edit(id, [&](MemoryDatabase::Row& changed) { set(changed, row); });
    }
    void erase(MessageId id) override { database_.erase(id); }
    void add_media(MessageId id, const Media& media) override {
        ++database_.rows.at(id).media_count;
        database_.rows.at(id).media.push_back(media);
    }
    void declare_complete(MessageId id) override { database_.rows.at(id).ready = true; }
    void hold(MessageId id) override { database_.rows.at(id).held = true; }
    void release(MessageId id) override { database_.rows.at(id).held = false; }
    void ask_for_another_try(MessageId id, TimePoint at) override {
        MemoryDatabase::Retry& retry = database_.retries[id];
        retry.failed_attempts = 0;
        retry.not_before = at;
        retry.retried = at;
    }
    void set_suspensions(const std::vector<Suspension>& suspensions) override {
        database_.suspensions = suspensions;
    }
    Transaction lock(MessageId id) override {
        MemoryDatabase::Row& row = database_.rows.at(id);
        row.locked = true;
        return {&row, [](MemoryDatabase::Row* locked) { locked->locked = false; }};
    }
    Transaction begin_media(MessageId id) override {
        MemoryDatabase::Row& row = database_.rows.at(id);
        row.locked = true;
        return {&row, [](MemoryDatabase::Row* locked) {
                    locked->locked = false;
                    ++locked->media_count;
                }};
    }
    std::optional<StoredRow> row(MessageId id) override {
        const auto found = database_.rows.find(id);
        if (found == database_.rows.end()) return std::nullopt;
        const MemoryDatabase::Row& row = found->second;
        return StoredRow{row.destination, row.text,     row.send_date, row.sent_date,
                         row.errored,     row.metadata, row.lookup_key};
    }
    std::string row_version(MessageId id) override { return std::to_string(database_.rows.at(id).version); }

    DaemonId new_daemon() override {
        const auto id = static_cast<DaemonId>(database_.daemons.size()) + 1;
        database_.daemons[id] = {false, false, now(), {}};
        return id;
    }
    void end(DaemonId id) override {
        database_.daemons.at(id).ended = true;
        database_.daemons.at(id).ended_at = now();
    }
    void cut(DaemonId id) override { database_.end_session(id); }
    void give_shard(int shard, std::optional<DaemonId> owner) override {
        database_.shards.erase(shard);
        if (owner) database_.shards[shard] = *owner;
    }
    void give_all_shards(DaemonId owner) override {
        for (int shard = 0; shard < shards_max; ++shard) database_.shards[shard] = owner;
    }
    void age_heartbeat(DaemonId id, std::chrono::seconds by) override {
        database_.daemons.at(id).heartbeat -= by;
    }
    bool is_alive(DaemonId id) override { return database_.is_alive(id); }
    bool has_session(DaemonId id) override { return database_.daemons.at(id).lock_held; }
    TimePoint heartbeat(DaemonId id) override { return database_.daemons.at(id).heartbeat; }
    std::map<int, DaemonId> shards() override { return database_.shards; }

    void age_open_attempts(std::chrono::seconds by) override {
        for (auto& [id, attempt] : database_.open) attempt.claimed -= by;
    }
    std::vector<JournaledAttempt> open_attempts() override {
        std::vector<JournaledAttempt> attempts;
        for (const auto& [id, attempt] : database_.open) {
            attempts.push_back({attempt.id, attempt.daemon, attempt.request});
            attempts.back().request.first_sent = attempt.first_sent;
        }
        std::sort(attempts.begin(), attempts.end(),
                  [](const auto& one, const auto& other) { return one.id < other.id; });
        return attempts;
    }
    std::vector<JournaledResult> history() override {
        std::vector<JournaledResult> results;
        for (const MemoryDatabase::Ended& ended : database_.history) {
            const ClaimRequest& request = ended.attempt.request;
            results.push_back({ended.end.id, request.message_id, ended.attempt.daemon,
                               request.idempotency_key, ended.end.verdict, ended.end.provider_id,
                               ended.disposition});
        }
        std::sort(results.begin(), results.end(),
                  [](const auto& one, const auto& other) { return one.id < other.id; });
        return results;
    }

private:
    static void set(MemoryDatabase::Row& row, const StoredRow& to) {
        row.destination = to.destination;
        row.text = to.text;
        row.send_date = to.send_date;
        row.sent_date = to.sent_date;
        row.errored = to.errored;
        row.metadata = to.metadata;
        row.lookup_key = to.lookup_key;
    }

    Executor executor_;
    ManualClock clock_{executor_};
    MemoryDatabase database_{clock_};
};

}  // namespace

std::unique_ptr<Ledger> make_ledger(Executor executor) {
    return std::make_unique<MemoryLedger>(std::move(executor));
}

}  // namespace postrider::testing
