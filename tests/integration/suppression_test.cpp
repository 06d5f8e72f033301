// Who is written to no more, on PostgreSQL.
#include "lib/store/pg_suppressions.h"
#include "lib/store/suppression_rows.h"
#include "tests/integration/outbox_loop_test.h"

#include <pqxx/pqxx>

namespace postrider::testing {
namespace {

struct PgSuppressionTest : OutboxLoopTest {
    ~PgSuppressionTest() override { stop(); }

    static SuppressionChange change(bool suppressed, const char* cause) {
        Hash recipient{};
        recipient[0] = 7;
        return {recipient, "sms", suppressed, "+17735550123", cause};
    }
    void commit(bool suppressed, const char* cause) {
        const auto connection = db.connect();
        pqxx::work transaction(*connection);
        change_suppression(transaction, change(suppressed, cause));
        transaction.commit();
    }
    std::string causes() {
        return db.text("select coalesce(string_agg(cause, ' '), '') from postrider.suppression");
    }

    std::unique_ptr<SuppressionStore> suppressions = make_pg_suppressions(database);
};

TEST_F(PgSuppressionTest, AReadingThatFallsBetweenAChangeAndItsCommitIsNotTheLast) {
    const auto connection = db.connect();
    pqxx::work transaction(*connection);
    change_suppression(transaction, change(true, suppression_cause::stop));
    const auto before = result_of(suppressions->read(0));
    ASSERT_TRUE(before);
    EXPECT_TRUE(before->rows.empty());
    transaction.commit();
    const auto after = result_of(suppressions->read(before->version));
    ASSERT_TRUE(after) << "the change has been missed for good";
    EXPECT_EQ(after->rows.size(), 1u);
    EXPECT_FALSE(result_of(suppressions->read(after->version))) << "read again for nothing";
}

TEST_F(PgSuppressionTest, WhoComplainsAfterHeHasSaidStopIsNoMoreFreedByAStart) {
    commit(true, suppression_cause::stop);
    commit(true, suppression_cause::complaint);
    EXPECT_EQ(causes(), "complaint");
    commit(true, suppression_cause::stop);
    commit(false, suppression_cause::stop);
    EXPECT_EQ(causes(), "complaint");
}

TEST_F(PgSuppressionTest, WhatAnOperatorSaidAComplaintLeavesAlone) {
    commit(true, suppression_cause::by_operator);
    commit(true, suppression_cause::complaint);
    EXPECT_EQ(causes(), "operator");
}

}  // namespace
}  // namespace postrider::testing
