#pragma once

#include "lib/dispatch/outbox.h"
#include "lib/store/pg_outbox.h"
#include "tests/integration/database_loop_test.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::testing {

/// The outbox of a daemon that owns all shards.
struct OutboxLoopTest : DatabaseLoopTest {
    ~OutboxLoopTest() override { stop(); }

    /// A daemon in the ledger, alive, without shards.
    DaemonId new_daemon();
    void give_all_shards_to(DaemonId id) { db.sql("update postrider.shard set daemon_id = $1", id); }
    void end(DaemonId id) { db.sql("update postrider.daemon set ended = now() where id = $1", id); }

    /// A row due a second ago, but for what `set` (SQL: "column = value, …") says.
    MessageId insert(const std::string& set = "");
    void change(MessageId id, const std::string& set);

    OutgoingMessage read(MessageId id) { return read_all({id}).at(0); }
    std::vector<OutgoingMessage> read_all(std::vector<MessageId> ids) {
        return result_of(outbox->read(std::move(ids)));
    }
    std::vector<MessageId> due_ids(MessageKey after = {}, TimePoint until = TimePoint::max(),
                                   std::size_t limit = 1000);

    /// What claims `message` as it is, with a key of its own.
    ClaimRequest request(const OutgoingMessage& message);
    std::vector<Claim> claim(std::vector<ClaimRequest> requests) {
        return result_of(outbox->claim(std::move(requests), db.now(), TimePoint::min()));
    }
    std::size_t claims_granted(const ClaimRequest& one) { return claim({one}).size(); }

    std::vector<Doubt> doubts(std::vector<MessageId> in_hand = {}) {
        return result_of(outbox->read_doubts(std::move(in_hand)));
    }

    /// A row, claimed; and what comes of it.
    struct Claimed {
        OutgoingMessage message;
        Claim claim;
    };
    Claimed insert_and_claim(const std::string& set = "");
    AttemptResult result(const Claimed& claimed, Disposition disposition, Outcome outcome);
    AttemptResult sent(const Claimed& claimed);
    void record(std::vector<AttemptResult> results) { run(outbox->record(std::move(results))); }

    std::string column(MessageId id, const std::string& expression) {
        return db.text("select " + expression + " from simple_messaging_outgoingmessage where id = $1", id);
    }
    long long open_attempts() { return db.number("select count(*) from postrider.attempt"); }

    Database database{io.get_executor(), db.settings()};
    DaemonId me = new_daemon();
    HeldRows held;
    std::optional<TimePoint> clock_reading;
    std::unique_ptr<Outbox> outbox = make_pg_outbox(
        database, [this](TimePoint reading) { clock_reading = reading; }, [this] { return me; },
        [this] { return held; });
    int keys = 0;

protected:
    OutboxLoopTest() { give_all_shards_to(me); }
};

}  // namespace postrider::testing
