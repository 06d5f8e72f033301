#pragma once

#include "tests/conformance/outbox_test.h"
#include "tests/integration/pg_ledger.h"

#include <string>

namespace postrider::testing {

/// The daemon of the suite (tests/conformance) on PostgreSQL, whose rows tests say in SQL. A test that
/// changes more than rows calls pg.keep_database_from_others().
struct OutboxLoopTest : OutboxTest {
    ~OutboxLoopTest() override { stop(); }

    /// A row due a second ago, but for what `set` (SQL: "column = value, …") says.
    MessageId insert(const std::string& set = "");
    void change(MessageId id, const std::string& set);
    Claimed insert_and_claim(const std::string& set = "") { return claim_it(request(read(insert(set)))); }

    std::string column(MessageId id, const std::string& expression) {
        return db.text("select " + expression + " from simple_messaging_outgoingmessage where id = $1", id);
    }
    /// What view postrider.messages has of the only message.
    std::string seen(const std::string& expression) {
        return db.text("select " + expression + " from postrider.messages");
    }
    long long open_attempts() { return db.number("select count(*) from postrider.attempt"); }

    /// Runs the loop until a session waits for a lock.
    bool run_until_one_waits();

    PgLedger& pg = static_cast<PgLedger&>(*ledger);
    TestDatabase& db = pg.db;
    Database& database = pg.database;
    HeldRows& held = pg.held;
};

}  // namespace postrider::testing
