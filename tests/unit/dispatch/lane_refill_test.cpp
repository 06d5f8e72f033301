#include "lib/dispatch/message_keys.h"
#include "tests/support/lane_test.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct LaneRefillTest : testing::LaneTest {
    MessageKey key(MessageId id) { return database.read(id).key; }
    bool holds(MessageId id) { return lane->holds(database.read(id)); }
    /// Reads so many rows from `after` on, as Intake does.
    void offer_page(MessageKey after, std::size_t limit = 1000) {
        auto rows = result_of(outbox.read_due(after, TimePoint::max(), limit));
        const bool more = rows.size() == limit;
        lane->on_offered(after, more ? std::optional(next_key(rows.back().key)) : std::nullopt);
        for (const OutgoingMessage& row : rows) offer(row.key.id);
    }
};

TEST_F(LaneRefillTest, WhoeverHasMissedAllTakesInNothingButFromTheFirstRowOn) {
    start();
    transport->gate.close();
    lane->miss_all();
    const MessageId first = insert("first", "a");
    const MessageId second = insert_and_offer("second", "a");
    settle();
    EXPECT_FALSE(holds(second));
    offer_page(key(first));
    settle();
    EXPECT_FALSE(holds(second)) << "that was the midst";
    offer_page(first_key);
    settle();
    EXPECT_TRUE(holds(second));
    EXPECT_THAT(transport->texts(), ElementsAre("first"));
    EXPECT_FALSE(lane->full());
}

TEST_F(LaneRefillTest, PagesThatFollowEachOtherAreAllTakenIn) {
    start();
    lane->miss_all();
    std::vector<MessageId> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(insert("m", std::to_string(i)));
    offer_page(first_key, 2);
    EXPECT_EQ(lane->refill_from(), next_key(key(ids[1])));
    offer_page(key(ids[1]), 2);
    offer_page(key(ids[3]), 2);
    EXPECT_EQ(lane->refill_from(), std::nullopt);
    settle();
    EXPECT_THAT(transport->left, SizeIs(5));
}

TEST_F(LaneRefillTest, WhatWaitsIsForgottenWhenAllIsMissed) {
    start();
    transport->gate.close();
    channel.concurrency = 1;
    lane->reconfigure(channel, transport);
    const MessageId out = insert_and_offer("out", "a");
    const MessageId waits = insert_and_offer("waits", "b");
    settle();
    lane->miss_all();
    EXPECT_TRUE(holds(out)) << "it is under way";
    EXPECT_FALSE(holds(waits));
}

TEST_F(LaneRefillTest, NothingOvertakesAMessageThatWasForgottenWhileItsClaimWasOnTheWayAndLost) {
    start();
    outbox.claim_answers.close();
    outbox.lose_answers["claim"] = 1;
    const MessageId first = insert_and_offer("first", "a");
    settle();
    lane->miss_all();
    insert("second", "a");
    offer_page(first_key);  // the first is known: it is under way
    settle();
    outbox.claim_answers.open();
    settle();
    EXPECT_THAT(transport->texts(), IsEmpty()) << "the second has lost what was before it";
    EXPECT_EQ(lane->refill_from(), key(first));
    EXPECT_GT(rooms, 0);
    offer_page(previous_key(key(first)));
    pass(10s);
    EXPECT_THAT(transport->texts(), ElementsAre("first", "second"));
    EXPECT_TRUE(is_clean());
}

TEST_F(LaneRefillTest, AFullLaneIsRefilledFromHalfEmptyUntilItIsFullAgain) {
    limits.window.whole = 4;
    channel.rate = Rate{1, 1s};
    start();
    std::vector<MessageId> ids;
    for (int i = 0; i < 9; ++i) ids.push_back(insert("m", std::to_string(i), -1min));
    offer_page(first_key);
    settle();
    ASSERT_THAT(transport->left, SizeIs(1));
    EXPECT_TRUE(lane->full());
    EXPECT_EQ(lane->refill_from(), std::nullopt);
    pass(1s);
    ASSERT_THAT(transport->left, SizeIs(2));
    EXPECT_EQ(lane->refill_from(), key(ids[4]));
    EXPECT_EQ(rooms, 1);
    offer_page(previous_key(key(ids[4])), 1);
    EXPECT_EQ(lane->refill_from(), next_key(key(ids[4]))) << "there is room for one more";
    offer_page(key(ids[4]), 2);
    EXPECT_EQ(lane->refill_from(), std::nullopt);
    EXPECT_TRUE(holds(ids[5]));
    EXPECT_FALSE(holds(ids[6]));
}

}  // namespace
}  // namespace postrider
