// How the server runs what is run for each batch.
#include "lib/store/outbox_statements.h"
#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>
#include <pqxx/pqxx>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct OutboxPlanTest : OutboxLoopTest {
    OutboxPlanTest() {
        DatabaseSettings settings = db.settings();
        settings.pool_size = 1;
        link = std::make_unique<Database>(io.get_executor(), settings);
        outbox = make_pg_outbox(
            *link, [](TimePoint) {}, [this] { return me; }, [] { return HeldRows{}; });
    }
    ~OutboxPlanTest() override { stop(); }

    /// On the connection that the outbox uses.
    std::string ask(const std::string& sql) {
        auto work = [&](pqxx::connection& connection) {
            std::string text;
            for (const pqxx::row& row : pqxx::nontransaction(connection).exec(sql))
                text += std::string(row[0].c_str()) + "\n";
            return text;
        };
        return result_of(link->run(std::ref(work)));
    }
    std::string plan_of(const std::string& statement, int parameters) {
        std::string values = "null";
        for (int i = 1; i < parameters; ++i) values += ", null";
        return ask("explain execute " + statement + " (" + values + ")");
    }

    std::unique_ptr<Database> link;
};

TEST_F(OutboxPlanTest, AStatementIsParsedAndPlannedOnceForAConnection) {
    for (int i = 0; i < 7; ++i) record({sent(insert_and_claim())});
    EXPECT_EQ(ask("select generic_plans || ' ' || custom_plans from pg_prepared_statements "
                  "where name in ('claim', 'close', 'write_unchanged')"),
              "7 0\n7 0\n7 0\n");
}

TEST_F(OutboxPlanTest, MessagesAreLookedUpByTheirIdInATableThatWasNeverAnalysed) {
    db.sql(
        "insert into simple_messaging_outgoingmessage (destination, message, send_date, errored) "
        "select 'to ' || n, 'hello', now() - interval '1 minute', false from generate_series(1, 20000) n");
    record({sent(insert_and_claim())});
    for (const auto& [statement, parameters] : {std::pair("claim", 20), {"write_unchanged", 8}}) {
        EXPECT_THAT(plan_of(statement, parameters),
                    AllOf(HasSubstr("using simple_messaging_outgoingmessage_pkey"),
                          Not(HasSubstr("Seq Scan on simple_messaging_outgoingmessage"))));
    }
}

}  // namespace
}  // namespace postrider::testing
