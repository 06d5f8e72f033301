// View postrider.messages while attempts come and go.
#include "tests/integration/outbox_loop_test.h"

namespace postrider::testing {
namespace {

struct OutboxViewTest : OutboxLoopTest {
    AttemptResult given_up_in_doubt(const Claimed& claimed) {
        return result(claimed, Disposition::given_up, Outcome::failed(Verdict::in_doubt, "nobody can tell"));
    }
};

TEST_F(OutboxViewTest, AMessageInDoubtSaysWhyUntilItsResultIsKnown) {
    const Claimed claimed = insert_and_claim();
    record({in_doubt(claimed)});
    EXPECT_EQ(seen("state || ': ' || reason"), "in_doubt: no answer");
    record({sent(claimed)});
    EXPECT_EQ(seen("state"), "sent");
}

TEST_F(OutboxViewTest, WhatIsLearnedAfterATakeOverIsToldOnce) {
    const Claimed claimed = insert_and_claim();
    replace_daemon();
    ASSERT_EQ(doubts().size(), 1u);
    record({sent(claimed)});
    EXPECT_EQ(seen("state || provider_id"), "sentprovider-1");
    record({waiting(claimed)});
    EXPECT_EQ(seen("state || attempts"), "sent1");
}

TEST_F(OutboxViewTest, AMessageThatWasGivenUpBecomesSentWhenItsAcceptanceIsLearned) {
    const Claimed claimed = insert_and_claim();
    record({given_up_in_doubt(claimed)});
    EXPECT_EQ(seen("state"), "errored");
    record({sent(claimed)});
    EXPECT_EQ(seen("state || provider_id"), "sentprovider-1");
}

TEST_F(OutboxViewTest, AMessageInPartsIsDueBetweenThemAndErroredOnceGivenUp) {
    const MessageId id = insert();
    record({next_part(claim_part(id, 1, 3), "P1")});
    EXPECT_EQ(seen("state"), "due");
    const Claimed second = claim_part(id, 2, 3);
    record({given_up_in_doubt(second)});
    record({next_part(second, "P2")});
    EXPECT_EQ(seen("state"), "errored");
}

TEST_F(OutboxViewTest, NothingIsKeptForTheWayOfAMessageAtItsEnd) {
    const Claimed claimed = insert_and_claim();
    ledger->declare_complete(claimed.id());
    db.sql("insert into postrider.retry values ($1, 3, now(), 'busy')", claimed.id());
    record({sent(claimed)});
    EXPECT_EQ(
        db.number(
            "select (select count(*) from postrider.retry) + (select count(*) from postrider.ready_message)"),
        0);
}

}  // namespace
}  // namespace postrider::testing
