// What a lane's window keeps of messages that cannot go for long, and of urgent ones.
#include "lib/dispatch/lane_window.h"
#include "tests/support/waiting_message.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::message;
using testing::noon;

struct ParkingTest : ::testing::Test {
    static Waiting parked(MessageId id, int number, int second) {
        Waiting waiting = message(id, number, second);
        waiting.parked = true;
        return waiting;
    }
    Waiting take() { return window.take(noon + 1h).value_or(Waiting{}); }
    static std::vector<MessageId> ids(const std::vector<Waiting>& all) {
        std::vector<MessageId> found;
        for (const Waiting& each : all) found.push_back(each.message.key.id);
        return found;
    }

    LaneWindow window{{.whole = 4, .parked = 6, .of_conversation = 2}};
};

TEST_F(ParkingTest, OfAParkedMessageOnlyThePlaceIsKept) {
    Waiting waiting = parked(1, 1, 0);
    waiting.destination = Address("+15550100");
    waiting.priority = 3;
    waiting.first_seen = noon - 1min;
    const OutgoingMessage row = waiting.message;
    window.offer(std::move(waiting));
    EXPECT_TRUE(window.holds(row));
    const Waiting taken = take();
    EXPECT_TRUE(taken.parked);
    EXPECT_EQ(taken.message.key.id, 1);
    EXPECT_TRUE(taken.destination.empty());
    EXPECT_EQ(taken.message.row_version, row.row_version);
    EXPECT_EQ(taken.priority, 3);
    EXPECT_EQ(taken.first_seen, noon - 1min);
    EXPECT_THAT(window.in_hand(), IsEmpty()) << "it is only looked at";
}

TEST_F(ParkingTest, ParkedMessagesTakeNoRoomFromOthers) {
    for (MessageId id = 1; id <= 6; ++id) EXPECT_FALSE(window.offer(parked(id, static_cast<int>(id), 0)));
    for (MessageId id = 11; id <= 14; ++id) EXPECT_FALSE(window.offer(message(id, static_cast<int>(id), 0)));
    EXPECT_EQ(window.size(), 10u);
}

TEST_F(ParkingTest, AboveTheirOwnLimitTheLatestOfAllGivesWay) {
    for (MessageId id = 1; id <= 6; ++id)
        window.offer(parked(id, static_cast<int>(id), static_cast<int>(id)));
    const auto overflow = window.offer(parked(7, 7, 0));
    ASSERT_TRUE(overflow);
    EXPECT_EQ(overflow->from.id, 6);
    EXPECT_THAT(overflow->dropped, IsEmpty());
    EXPECT_THAT(overflow->conversations, ElementsAre(message(6, 6).conversation));
}

TEST_F(ParkingTest, WithTheLatestWholeMessageGoWhatIsParkedBehindIt) {
    window.offer(parked(9, 9, 60));
    for (MessageId id = 1; id <= 4; ++id)
        window.offer(message(id, static_cast<int>(id), static_cast<int>(id)));
    const auto overflow = window.offer(message(5, 5, 0));
    ASSERT_TRUE(overflow);
    EXPECT_EQ(overflow->from.id, 4);
    EXPECT_EQ(window.size(), 4u);
}

TEST_F(ParkingTest, WhatIsBehindAParkedMessageOfItsConversationIsParkedToo) {
    window.offer(message(2, 1, 2));
    window.offer(parked(1, 1, 1));
    window.offer(message(3, 1, 3));
    const Waiting first = take();
    EXPECT_EQ(first.message.key.id, 1);
    EXPECT_THAT(ids(window.next_parked(first.conversation, 9)), ElementsAre(2, 3));
    EXPECT_THAT(ids(window.next_parked(first.conversation, 1)), ElementsAre(2));
}

TEST_F(ParkingTest, OfOneConversationFewAreWholeSoThatItDoesNotFillTheWindow) {
    for (MessageId id = 1; id <= 7; ++id) EXPECT_FALSE(window.offer(message(id, 1, static_cast<int>(id))));
    EXPECT_FALSE(window.offer(message(20, 2, 99)));
    EXPECT_FALSE(window.offer(message(21, 3, 99)));
    EXPECT_EQ(window.size(), 9u);
}

TEST_F(ParkingTest, TheFirstOfAConversationIsWholeHoweverManyAre) {
    window.offer(message(5, 1, 5));
    window.offer(message(6, 1, 6));
    window.offer(message(1, 1, 1));
    EXPECT_FALSE(take().parked);
}

TEST_F(ParkingTest, TheyLeaveInOrderWhetherParkedOrNot) {
    for (MessageId id = 1; id <= 5; ++id) window.offer(message(id, 1, static_cast<int>(id)));
    for (MessageId id = 1; id <= 5; ++id) {
        Waiting taken = take();
        ASSERT_EQ(taken.message.key.id, id);
        EXPECT_EQ(taken.parked, id > 2);
        window.done(taken);
    }
}

TEST_F(ParkingTest, AParkedMessageThatIsReadAgainIsWhole) {
    window.offer(parked(1, 1, 0));
    Waiting taken = take();
    window.done(taken);
    window.offer(message(1, 1, 0));
    EXPECT_FALSE(take().parked);
}

TEST_F(ParkingTest, WhatMayHaveBeenClaimedIsNotParked) {
    window.offer(message(1, 1, 0));
    Waiting asked = take();
    asked.asked = true;
    asked.idempotency_key = "key";
    window.put_back(std::move(asked));
    window.offer(parked(7, 1, -5));
    EXPECT_EQ(take().message.key.id, 7);
    EXPECT_THAT(window.in_hand(), ElementsAre(1));
}

TEST_F(ParkingTest, AConversationIsAsUrgentAsTheMostUrgentOfItsMessages) {
    window.offer(message(1, 1, 0));
    window.offer(message(2, 2, 5));
    Waiting urgent = message(3, 2, 9);
    urgent.priority = 1;
    window.offer(std::move(urgent));
    Waiting first = take();
    EXPECT_EQ(first.message.key.id, 2) << "it stands before the urgent one";
    window.done(first);
    first = take();
    EXPECT_EQ(first.message.key.id, 3);
    window.done(first);
    EXPECT_EQ(take().message.key.id, 1);
}

TEST_F(ParkingTest, ABulkMessageIsNotLessUrgentThanOneBehindItThatIsNotBulk) {
    Waiting bulk = message(1, 1, 9);
    bulk.priority = -1;
    window.offer(bulk);
    window.offer(message(2, 1, 10));
    Waiting other = message(3, 3, 0);
    other.priority = -1;
    window.offer(other);
    EXPECT_EQ(take().message.key.id, 1);
}

TEST_F(ParkingTest, WhatWasTakenInAheadStaysWhenTheWindowOverflows) {
    Waiting ahead = message(50, 5, 500);
    ahead.ahead = true;
    window.offer(std::move(ahead));
    EXPECT_EQ(window.ahead(), 1u);
    for (MessageId id = 1; id <= 3; ++id)
        window.offer(message(id, static_cast<int>(id), static_cast<int>(id)));
    const auto overflow = window.offer(message(4, 4, 4));
    ASSERT_TRUE(overflow);
    EXPECT_EQ(overflow->from.id, 4);
    EXPECT_EQ(window.ahead(), 1u);
}

TEST_F(ParkingTest, WhatWasTakenInAheadGoesWithWhatItStoodBehind) {
    Waiting ahead = message(50, 3, 500);
    ahead.ahead = true;
    window.offer(std::move(ahead));
    for (MessageId id = 1; id <= 3; ++id)
        window.offer(message(id, static_cast<int>(id), static_cast<int>(id)));
    const auto overflow = window.offer(message(4, 4, 1));
    ASSERT_TRUE(overflow);
    EXPECT_THAT(ids(overflow->dropped), ElementsAre(3, 50));
    EXPECT_EQ(window.ahead(), 0u);
}

}  // namespace
}  // namespace postrider
