#include "tests/support/lane_test.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using testing::LaneTest;

TEST_F(LaneTest, SendsAMessageAtItsMomentAndNotBefore) {
    start();
    const MessageId id = insert_and_offer("hello", "a", 5s);
    pass(5s - 1us);
    EXPECT_THAT(transport->texts(), IsEmpty());
    pass(1us);
    EXPECT_THAT(transport->texts(), ElementsAre("hello"));
    EXPECT_TRUE(is_sent(id));
    EXPECT_EQ(row(id).sent_date, clock.now());
    EXPECT_TRUE(is_clean());
}

TEST_F(LaneTest, MessagesToOneDestinationLeaveOneAfterTheOther) {
    start();
    transport->gate.close();
    insert_and_offer("one");
    insert_and_offer("two");
    insert_and_offer("other", "b");
    settle();
    EXPECT_THAT(transport->texts(), UnorderedElementsAre("one", "other"));
    transport->gate.open();
    settle();
    EXPECT_EQ(transport->texts().back(), "two");
}

TEST_F(LaneTest, TheNextOfAConversationLeavesOnlyOnceTheOutcomeIsRecorded) {
    start();
    outbox.record_requests.close();
    insert_and_offer("one");
    insert_and_offer("two");
    settle();
    EXPECT_THAT(transport->texts(), ElementsAre("one"));
    outbox.record_requests.open();
    settle();
    EXPECT_THAT(transport->texts(), ElementsAre("one", "two"));
}

TEST_F(LaneTest, NoMoreCallsAreInFlightThanTheConcurrency) {
    channel.concurrency = 3;
    start();
    transport->gate.close();
    insert_many(10);
    settle();
    EXPECT_EQ(transport->calls_in_flight(), 3u);
    transport->gate.open();
    settle();
    EXPECT_EQ(transport->left.size(), 10u);
    EXPECT_EQ(transport->calls_in_flight_max, 3u);
}

TEST_F(LaneTest, ASlotIsFreeAgainWhileTheResultIsWritten) {
    channel.concurrency = 1;
    start();
    outbox.record_requests.close();
    insert_many(3);
    settle();
    EXPECT_EQ(transport->left.size(), 3u);
}

TEST_F(LaneTest, TheRateIsHeld) {
    channel.rate = Rate{10, 1s};
    start();
    insert_many(30);
    settle();
    EXPECT_EQ(transport->left.size(), 1u);
    pass(1s);
    EXPECT_EQ(transport->left.size(), 11u);
    pass(1900ms);
    EXPECT_EQ(transport->left.size(), 30u);
}

TEST_F(LaneTest, RateIsSharedByTheShardsOwnedAndConcurrencyByTheDaemons) {
    channel.rate = Rate{64, 1s};
    channel.concurrency = 33;
    database.daemons[99] = {false, true, TimePoint::max()};
    for (int shard = 0; shard < 48; ++shard) database.shards[shard] = 99;
    start();
    ASSERT_EQ(membership->shards().size(), 16u);
    transport->gate.close();
    for (int i = 0; i < 400; ++i) {
        const MessageId id = insert("m", "to " + std::to_string(i));
        const auto conversation = privacy.hash()("conversation", "to " + std::to_string(i));
        if (membership->has(conversation[0] % shards_max)) offer(id);
    }
    settle();
    EXPECT_EQ(transport->left.size(), 1u);
    pass(500ms);
    EXPECT_EQ(transport->left.size(), 9u);
    pass(5s);
    EXPECT_EQ(transport->left.size(), 16u);
}

TEST_F(LaneTest, WhatIsNotGrantedSpendsNoRate) {
    channel.rate = Rate{1, 1s};
    start();
    const MessageId id = insert("deleted meanwhile", "a");
    OutgoingMessage row = database.read(id);
    database.erase(id);
    offer(std::move(row), clock.now(), clock.now());
    insert_and_offer("next", "b");
    settle();
    EXPECT_THAT(transport->texts(), ElementsAre("next"));
}

TEST_F(LaneTest, ACallCarriesAsManyAsTheTransportTakes) {
    channel.concurrency = 2;
    start();
    transport->batch = 4;
    insert_many(10);
    settle();
    EXPECT_EQ(transport->left.size(), 10u);
    for (std::size_t size : transport->call_sizes) EXPECT_LE(size, 4u);
    EXPECT_EQ(transport->call_sizes.size(), 3u);
    EXPECT_LE(transport->calls_in_flight_max, 2u);
}

TEST_F(LaneTest, NoClaimIsLargerThanItsMaximum) {
    limits.claim_max = 5;
    channel.concurrency = 64;
    start();
    insert_many(12);
    settle();
    for (const auto& claim : outbox.claims_asked) EXPECT_LE(claim.size(), 5u);
    EXPECT_EQ(transport->left.size(), 12u);
}

TEST_F(LaneTest, ARetryWaitsItsTimeAndHoldsBackItsConversationOnly) {
    transport->script(Verdict::deferred);
    start();
    insert_and_offer("one");
    insert_and_offer("two");
    settle();
    insert_and_offer("other", "b");
    settle();
    EXPECT_THAT(transport->texts(), ElementsAre("one", "other"));
    pass(2499ms);
    EXPECT_EQ(transport->left.size(), 2u);
    pass(1ms);  // half of five seconds, by the fixed chance
    EXPECT_THAT(transport->texts(), ElementsAre("one", "other", "one", "two"));
}

TEST_F(LaneTest, EachTryOfAMessageHasAKeyOfItsOwn) {
    transport->script(Verdict::deferred);
    start();
    insert_and_offer("one");
    pass(10s);
    ASSERT_EQ(transport->left.size(), 2u);
    EXPECT_NE(transport->left[0].attempt.idempotency_key, transport->left[1].attempt.idempotency_key);
    EXPECT_NE(transport->left[0].attempt.id, transport->left[1].attempt.id);
}

TEST_F(LaneTest, ARefusalEndsErroredWithoutReachingTheTransport) {
    start();
    refusal = "expired";
    const MessageId id = insert_and_offer("m");
    const MessageId with_media = insert("pictures", "b");
    refusal.reset();
    database.rows.at(with_media).media_count = 1;
    offer(with_media);
    settle();
    EXPECT_THAT(transport->texts(), IsEmpty());
    EXPECT_TRUE(row(id).errored);
    EXPECT_TRUE(row(id).sent_date);
    EXPECT_THAT(row(id).metadata.value_or(""), HasSubstr("\"error\": \"expired\""));
    EXPECT_TRUE(row(with_media).errored);
    EXPECT_THAT(database.verdicts(id), ElementsAre(Verdict::rejected));
    EXPECT_TRUE(is_clean());
}

TEST_F(LaneTest, WhatTheProviderRejectsEndsErroredAndTheNextLeaves) {
    transport->script(Outcome::failed(Verdict::rejected, "no such number"));
    start();
    const MessageId id = insert_and_offer("one");
    insert_and_offer("two");
    settle();
    EXPECT_TRUE(row(id).errored);
    EXPECT_THAT(row(id).metadata.value_or(""), HasSubstr("no such number"));
    EXPECT_THAT(transport->texts(), ElementsAre("one", "two"));
}

TEST_F(LaneTest, ATransportThatThrowsLeavesItsMessageInDoubtAtOnce) {
    start();
    transport->throws = true;
    const MessageId id = insert_and_offer("one");
    settle();
    EXPECT_TRUE(row(id).errored);
    EXPECT_THAT(database.verdicts(id), ElementsAre(Verdict::in_doubt));
    EXPECT_THAT(row(id).metadata.value_or(""), HasSubstr("the transport has a bug"));
    transport->throws = false;
    insert_and_offer("two");
    settle();
    EXPECT_THAT(transport->texts(), ElementsAre("two"));
}

TEST_F(LaneTest, ATransportThatAnswersTheWrongNumberLeavesThemAllInDoubt) {
    start();
    transport->batch = 2;
    transport->answers_one_too_few = true;
    const MessageId one = insert_and_offer("one");
    const MessageId two = insert_and_offer("two", "b");
    settle();
    for (MessageId id : {one, two}) EXPECT_THAT(database.verdicts(id), ElementsAre(Verdict::in_doubt));
}

TEST_F(LaneTest, ASendBeyondItsLimitIsInDoubtAndItsSlotFree) {
    channel.concurrency = 1;
    limits.send_max = 20s;
    start();
    transport->gate.close();
    const MessageId id = insert_and_offer("one");
    insert_and_offer("two", "b");
    pass(20s - 1us);
    EXPECT_EQ(transport->left.size(), 1u);
    pass(1us);
    EXPECT_THAT(database.verdicts(id), ElementsAre(Verdict::in_doubt));
    EXPECT_EQ(transport->left.size(), 2u);
    EXPECT_EQ(transport->calls_in_flight(), 1u);
}

TEST_F(LaneTest, InDoubtIsTriedAgainWhereTheOperatorChoseSo) {
    channel.on_doubt = OnDoubt::resend;
    transport->script(Verdict::in_doubt);
    start();
    const MessageId id = insert_and_offer("one");
    pass(10s);
    EXPECT_TRUE(is_sent(id));
    EXPECT_THAT(database.verdicts(id), ElementsAre(Verdict::in_doubt, Verdict::sent));
}

TEST_F(LaneTest, TheBacklogIsWhatIsDueAndHowLongTheFirstOfItHasBeen) {
    start();
    transport->gate.close();
    insert_and_offer("in flight", "a", -3s);
    insert_and_offer("held back", "a", -2s);
    insert_and_offer("later", "b", 5s);
    settle();
    EXPECT_EQ(lane->backlog().due, 2u);
    EXPECT_EQ(lane->backlog().lag, 3s);
}

}  // namespace
}  // namespace postrider
