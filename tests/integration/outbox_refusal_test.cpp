// Results that PostgreSQL does not take.
#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct OutboxRefusalTest : OutboxLoopTest {
    OutboxRefusalTest() { pg.keep_database_from_others(); }

    static Task<std::string> kind_of_failure(Task<> recording) {
        std::string kind = "none";
        try {
            co_await std::move(recording);
        } catch (const ResultsRefused& refused) {
            kind = std::string("refused: ") + refused.what();
        } catch (const std::exception&) {
            kind = "other";
        }
        co_return kind;
    }
    std::string failure_of_recording(std::vector<AttemptResult> results) {
        return result_of(kind_of_failure(outbox->record(std::move(results))));
    }
};

TEST_F(OutboxRefusalTest, WhatAConstraintOfTheSitesForbidsIsRefusedAndNothingOfTheBatchIsWritten) {
    const Claimed bad = insert_and_claim("message = 'bad'");
    const Claimed good = insert_and_claim();
    db.script(
        "alter table simple_messaging_outgoingmessage add constraint odd check (message <> 'bad' or "
        "sent_date "
        "is null)");
    EXPECT_THAT(failure_of_recording({sent(good), sent(bad)}), StartsWith("refused: "));
    EXPECT_EQ(open_attempts(), 2);
    record({sent(good)});
    EXPECT_EQ(open_attempts(), 1);
}

TEST_F(OutboxRefusalTest, SoIsWhatATriggerOfTheSitesRaisesAlsoAtTheCommit) {
    const Claimed claimed = insert_and_claim();
    db.script(
        "create function no() returns trigger language plpgsql as $$ begin raise 'not on my watch'; end $$; "
        "create constraint trigger no after update on simple_messaging_outgoingmessage deferrable initially "
        "deferred for each row execute function no()");
    EXPECT_THAT(failure_of_recording({sent(claimed)}), HasSubstr("not on my watch"));
    EXPECT_EQ(open_attempts(), 1);
}

TEST_F(OutboxRefusalTest, ADatabaseThatTakesNothingRefusesNoResult) {
    const Claimed claimed = insert_and_claim();
    db.script("revoke delete on postrider.attempt from postrider_daemon");
    EXPECT_EQ(failure_of_recording({sent(claimed)}), "other");
    db.script(
        "grant delete on postrider.attempt to postrider_daemon; "
        "alter role postrider_daemon in database " +
        db.name() + " set default_transaction_read_only = on");
    db.end_sessions_of(daemon_role);
    EXPECT_EQ(failure_of_recording({sent(claimed)}), "other") << "a session that was ended";
    EXPECT_EQ(failure_of_recording({sent(claimed)}), "other") << "no writes at all";
}

}  // namespace
}  // namespace postrider::testing
