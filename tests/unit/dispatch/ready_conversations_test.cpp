#include "lib/dispatch/ready_conversations.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

const TimePoint noon{std::chrono::seconds{1893499200}};

struct ReadyConversationsTest : ::testing::Test {
    void put(int number, int priority, int second) {
        const TimePoint at = noon + std::chrono::seconds{second};
        ready.put(id(number), priority, at, {at, number});
    }
    static ConversationId id(int number) {
        ConversationId made{};
        made[0] = static_cast<unsigned char>(number);
        made[1] = static_cast<unsigned char>(number >> 8);
        return made;
    }
    /// 0 when there is none.
    int take() {
        const auto taken = ready.take();
        return taken ? (*taken)[0] + ((*taken)[1] << 8) : 0;
    }

    ReadyConversations ready;
};

TEST_F(ReadyConversationsTest, OfEqualPriorityTheEarliestIsFirst) {
    put(1, 0, 5);
    put(2, 0, 3);
    EXPECT_EQ(take(), 2);
    EXPECT_EQ(take(), 1);
    EXPECT_EQ(take(), 0);
}

TEST_F(ReadyConversationsTest, ALargerPriorityIsFirstHoweverLateItIs) {
    put(1, 0, 0);
    put(2, -5, 0);
    put(3, 7, 99);
    EXPECT_EQ(take(), 3);
    EXPECT_EQ(take(), 1);
    EXPECT_EQ(take(), 2);
}

TEST_F(ReadyConversationsTest, OfTenOneIsTheEarliestOfALowerPriority) {
    put(1, -1, 1);
    put(2, 0, 2);
    for (int number = 10; number < 30; ++number) put(number, 1, 10);
    std::vector<int> lower;
    for (int i = 1; i <= 20; ++i) {
        if (const int taken = take(); taken < 10) lower.push_back(i * 100 + taken);
    }
    EXPECT_EQ(lower, (std::vector{1001, 2002}));
}

TEST_F(ReadyConversationsTest, WhatIsPutAgainIsMoved) {
    put(1, 0, 5);
    put(2, 0, 3);
    put(1, 1, 5);
    EXPECT_EQ(take(), 1);
    EXPECT_EQ(take(), 2);
    EXPECT_TRUE(ready.empty());
}

TEST_F(ReadyConversationsTest, WhatIsErasedIsGone) {
    put(1, 0, 5);
    ready.erase(id(1));
    ready.erase(id(2));
    EXPECT_EQ(take(), 0);
}

}  // namespace
}  // namespace postrider
