#include "tests/support/lane_test.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What others do between preparing and claiming, and what a database that goes away does.
struct LaneClaimTest : testing::LaneTest {
    /// `change` happens just before the next claim arrives.
    void before_the_claim(std::function<void()> change) {
        outbox.on_arrival = [this, change = std::move(change)](std::string_view call) {
            if (call != "claim") return;
            const auto once = change;
            outbox.on_arrival = nullptr;
            once();
        };
    }
    std::string key_asked(std::size_t claim) { return outbox.claims_asked.at(claim).at(0).idempotency_key; }
};

TEST_F(LaneClaimTest, CallsThatEndWhileClaimsAreUnderWayMakeOneLargerClaim) {
    channel.concurrency = 20;
    start();
    transport->gate.close();
    insert_many(20, "first");
    settle();
    ASSERT_EQ(transport->calls_in_flight(), 20u);
    insert_many(100, "next");
    const int before = claims();
    outbox.claim_answers.close();
    transport->gate.open();  // they end one by one
    settle();
    EXPECT_LE(claims() - before, 2);
    outbox.claim_answers.open();
    settle();
    EXPECT_EQ(transport->left.size(), 120u);
    EXPECT_TRUE(is_clean());
}

TEST_F(LaneClaimTest, AMessageIsClaimedAheadOfItsMomentAndWaitsForItUnsent) {
    start();
    insert_and_offer("m", "a", 5s);
    pass(5s - limits.claim_ahead - 1us);
    EXPECT_EQ(claims(), 0);
    pass(1us);
    EXPECT_EQ(claims(), 1);
    EXPECT_EQ(database.open.size(), 1u);
    pass(limits.claim_ahead - 1us);
    EXPECT_THAT(transport->texts(), IsEmpty());
    pass(1us);
    EXPECT_THAT(transport->texts(), ElementsAre("m"));
    EXPECT_TRUE(is_clean());
}

TEST_F(LaneClaimTest, MessagesOfDifferentMomentsWaitForTheirOwnEvenIfOneCallCouldHoldThem) {
    transport->batch = 100;
    start();
    insert_and_offer("one", "a", 5s);
    insert_and_offer("two", "b", 5s + 5ms);
    pass(5s);
    EXPECT_THAT(transport->texts(), ElementsAre("one"));
    pass(5ms);
    EXPECT_THAT(transport->texts(), ElementsAre("one", "two"));
}

TEST_F(LaneClaimTest, WhatIsDueDoesNotWaitForWhatIsClaimedAhead) {
    transport->batch = 100;
    start();
    insert_and_offer("later", "a", 10ms);
    insert_and_offer("now", "b");
    settle();
    EXPECT_THAT(transport->texts(), ElementsAre("now"));
}

TEST_F(LaneClaimTest, NothingIsClaimedAheadWhereThereIsNoRoom) {
    channel.concurrency = 1;
    start();
    transport->gate.close();
    insert_and_offer("slow", "a");
    insert_and_offer("next", "b", 10ms);
    pass(10ms);
    EXPECT_EQ(claims(), 1);
    transport->gate.open();
    settle();
    EXPECT_THAT(transport->texts(), ElementsAre("slow", "next"));
}

TEST_F(LaneClaimTest, WhatWasClaimedAheadIsSentByALaneThatDrains) {
    start();
    insert_and_offer("m", "a", 10ms);
    settle();
    ASSERT_EQ(claims(), 1);
    std::optional<std::size_t> cut;
    group.spawn("drain", keep(lane->drain(1s), cut));
    pass(10ms);
    EXPECT_EQ(cut, 0u);
    EXPECT_THAT(transport->texts(), ElementsAre("m"));
}

TEST_F(LaneClaimTest, AnEditIsObeyed) {
    start();
    const MessageId id = insert_and_offer("old");
    before_the_claim([&] { database.edit(id, [](auto& row) { row.text = "new"; }); });
    settle();
    EXPECT_THAT(transport->texts(), ElementsAre("new"));
    EXPECT_TRUE(is_sent(id));
    EXPECT_TRUE(is_clean());
}

TEST_F(LaneClaimTest, APostponementIsObeyed) {
    start();
    const MessageId id = insert_and_offer("m");
    before_the_claim([&] { database.edit(id, [&](auto& row) { row.send_date += 30s; }); });
    pass(29s);
    EXPECT_THAT(transport->texts(), IsEmpty());
    pass(1s);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(LaneClaimTest, ADeletionIsObeyed) {
    start();
    const MessageId id = insert_and_offer("m");
    before_the_claim([&] { database.erase(id); });
    insert_and_offer("next");
    settle();
    EXPECT_THAT(transport->texts(), ElementsAre("next"));
    EXPECT_TRUE(is_clean());
}

TEST_F(LaneClaimTest, AMessageThatSomebodyElseEndedIsNotSent) {
    start();
    const MessageId id = insert_and_offer("m");
    before_the_claim([&] { database.edit(id, [](auto& row) { row.errored = true; }); });
    pass(1min);
    EXPECT_THAT(transport->texts(), IsEmpty());
    EXPECT_EQ(row(id).sent_date, std::nullopt);
}

TEST_F(LaneClaimTest, MediaThatCameMeanwhileAreSeen) {
    start();
    const MessageId id = insert_and_offer("m");
    before_the_claim([&] { database.rows.at(id).media_count = 1; });  // its row is as it was
    pass(1s);
    EXPECT_THAT(transport->texts(), IsEmpty()) << "sent without its media";
    EXPECT_TRUE(row(id).errored);
}

TEST_F(LaneClaimTest, MediaThatCannotBeReadNowAreReadAgain) {
    outbox.on_arrival = [this](std::string_view call) { outbox.away = call == "read_media"; };
    start();
    const MessageId id = insert("m");
    database.rows.at(id).media_count = 1;
    offer(id);
    settle();
    EXPECT_TRUE(row(id).waits());
    EXPECT_EQ(claims(), 0);
    outbox.on_arrival = nullptr;
    outbox.away = false;
    pass(1s);
    EXPECT_EQ(outbox.calls["read_media"], 2);
    EXPECT_EQ(claims(), 1);
}

TEST_F(LaneClaimTest, ALockedRowIsTriedAgainSoonAndHoldsUpNoOther) {
    start();
    const MessageId id = insert_and_offer("locked");
    database.rows.at(id).locked = true;
    insert_and_offer("other", "b");
    settle();
    EXPECT_THAT(transport->texts(), ElementsAre("other"));
    pass(50ms);
    EXPECT_EQ(claims(), 2);
    database.rows.at(id).locked = false;
    pass(50ms);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(LaneClaimTest, AnAttemptOfAnotherDaemonIsLeftToIt) {
    start();
    const MessageId id = insert_and_offer("m");
    ClaimRequest theirs;
    theirs.message_id = id;
    theirs.idempotency_key = "theirs";
    database.daemons[9] = {false, true, TimePoint::max()};
    database.open[id] = {77, 9, theirs, clock.now(), clock.now()};
    pass(1min);
    EXPECT_THAT(transport->texts(), IsEmpty());
    EXPECT_EQ(database.open.at(id).daemon, 9);
}

TEST_F(LaneClaimTest, WhileTheDatabaseIsAwayNothingIsSent) {
    start();
    outbox.away = true;
    const MessageId id = insert_and_offer("m");
    pass(10s);
    EXPECT_THAT(transport->texts(), IsEmpty());
    outbox.away = false;
    pass(1s);
    EXPECT_TRUE(is_sent(id));
    EXPECT_TRUE(is_clean());
}

TEST_F(LaneClaimTest, AClaimWhoseAnswerWasLostIsAskedForAgainWithTheSameKey) {
    start();
    outbox.lose_answers["claim"] = 1;
    const MessageId id = insert_and_offer("m");
    settle();
    EXPECT_TRUE(database.open.contains(id));
    EXPECT_THAT(transport->texts(), IsEmpty());
    pass(1s);
    EXPECT_EQ(key_asked(0), key_asked(1));
    EXPECT_THAT(transport->texts(), ElementsAre("m"));
    EXPECT_EQ(database.last_attempt, 1);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(LaneClaimTest, AfterALostAnswerAnEditIsStillObeyedAndTheJournalSaysWhatWasSent) {
    start();
    outbox.lose_answers["claim"] = 1;
    const MessageId id = insert_and_offer("old");
    settle();
    database.edit(id, [](auto& row) { row.text = "new"; });
    pass(10s);
    EXPECT_THAT(transport->texts(), ElementsAre("new"));
    EXPECT_TRUE(is_sent(id));
    ASSERT_EQ(database.history.size(), 1u);
    EXPECT_EQ(database.history[0].attempt.request.content_hash, privacy.content(Address("a"), Text("new")));
    EXPECT_TRUE(is_clean());
}

TEST_F(LaneClaimTest, AfterALostAnswerAPostponementLeavesNoAttemptOpen) {
    start();
    outbox.lose_answers["claim"] = 1;
    const MessageId id = insert_and_offer("m");
    settle();
    database.edit(id, [](auto& row) { row.send_date += 1h; });
    pass(10s);
    EXPECT_TRUE(database.open.empty());
    pass(1h);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(LaneClaimTest, AfterALostAnswerADeletedMessageLeavesNoAttemptOpen) {
    start();
    outbox.lose_answers["claim"] = 1;
    const MessageId id = insert_and_offer("m");
    settle();
    database.erase(id);
    pass(10s);
    EXPECT_TRUE(is_clean());
    EXPECT_THAT(transport->texts(), IsEmpty());
}

TEST_F(LaneClaimTest, ALostClaimOfAShardThatIsLostIsWithdrawn) {
    start();
    outbox.lose_answers["claim"] = 1;
    const MessageId id = insert_and_offer("m");
    settle();
    ASSERT_TRUE(database.open.contains(id));
    store.away = true;  // longer than the membership lasts
    outbox.away = true;
    pass(20s);
    EXPECT_TRUE(database.open.contains(id));
    store.away = outbox.away = false;
    pass(5s);
    EXPECT_TRUE(database.open.empty()) << "else the message waits for as long as this daemon lives";
    EXPECT_TRUE(row(id).waits());
}

TEST_F(LaneClaimTest, ALostClaimIsWithdrawnWhenAllThatWaitsIsForgotten) {
    start();
    outbox.lose_answers["claim"] = 1;
    insert_and_offer("m");
    settle();
    lane->forget_waiting();
    pass(1s);
    EXPECT_TRUE(database.open.empty());
    EXPECT_EQ(lane->waiting_count(), 0u);
}

TEST_F(LaneClaimTest, ForgottenWhileItsClaimIsOnTheWayAndLostAMessageIsNotAskedForAgain) {
    start();
    outbox.claim_answers.close();
    outbox.lose_answers["claim"] = 1;
    insert_and_offer("m");
    settle();
    lane->forget_waiting();
    outbox.claim_answers.open();
    pass(10s);
    EXPECT_EQ(claims(), 1);
    EXPECT_TRUE(database.open.empty());
    EXPECT_THAT(transport->texts(), IsEmpty());
}

TEST_F(LaneClaimTest, ShardsLostWhileABatchIsBeingClaimedAreNotClaimed) {
    readmits = false;
    start();
    const MessageId id = insert_and_offer("m");
    before_the_claim([&] { database.shards.clear(); });
    settle();
    EXPECT_THAT(transport->texts(), IsEmpty());
    EXPECT_THAT(readmitted, ElementsAre(id));
    EXPECT_TRUE(is_clean());
}

TEST_F(LaneClaimTest, WhenTheWindowIsFullALaterMessageDoesNotOvertakeWhatIsMissing) {
    limits.window.whole = 4;
    channel.concurrency = 1;
    start();
    transport->gate.close();
    for (int i = 0; i < 4; ++i) insert_and_offer("m" + std::to_string(i), "to " + std::to_string(i));
    const MessageId missed = insert_and_offer("first to x", "x");
    settle();
    EXPECT_TRUE(lane->full());
    transport->gate.open();
    settle();
    transport->gate.close();
    ASSERT_EQ(transport->left.size(), 4u);
    insert_and_offer("second to x", "x");
    settle();
    EXPECT_EQ(transport->left.size(), 4u) << "the first to x has not been read again yet";
    EXPECT_GT(rooms, 0);
    EXPECT_EQ(lane->refill_from()->id, missed);
}

TEST_F(LaneClaimTest, AFullWindowStillTakesAnEarlierMessage) {
    limits.window.whole = 2;
    channel.concurrency = 1;
    start();
    insert_and_offer("b", "b", 10s);
    insert_and_offer("c", "c", 11s);
    insert_and_offer("d", "d", 12s);
    insert_and_offer("a", "a", 1s);
    pass(1s);
    EXPECT_THAT(transport->texts(), ElementsAre("a"));
    EXPECT_TRUE(lane->full());
}

}  // namespace
}  // namespace postrider
