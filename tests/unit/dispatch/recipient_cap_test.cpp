#include "lib/dispatch/recipient_cap.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;

const TimePoint noon{std::chrono::seconds{1893499200}};

RecipientId recipient(unsigned number) {
    RecipientId id{};
    id[0] = static_cast<unsigned char>(number);
    id[1] = static_cast<unsigned char>(number >> 8);
    return id;
}

struct RecipientCapTest : ::testing::Test {
    RecipientCapTest() { cap.set_max(Rate{60, 1h}); }
    /// Sends as many as go at `now`, of so many that wait.
    int send(unsigned to, TimePoint now, int waiting = 1000) {
        int sent = 0;
        while (sent < waiting && cap.next_at(recipient(to), now) <= now) {
            cap.spend(recipient(to), now);
            ++sent;
        }
        return sent;
    }

    RecipientCap cap;
};

TEST_F(RecipientCapTest, SoManyGoAtOnceAndTheNextWhenTheirShareOfTheTimeHasPassed) {
    EXPECT_EQ(send(1, noon), 60);
    EXPECT_EQ(cap.next_at(recipient(1), noon), noon + 1min);
    EXPECT_EQ(send(1, noon + 59s), 0);
    EXPECT_EQ(send(1, noon + 1min), 1);
    EXPECT_EQ(send(1, noon + 11min), 10);
}

TEST_F(RecipientCapTest, EachRecipientHasHisOwn) {
    send(1, noon);
    EXPECT_EQ(send(2, noon), 60);
}

TEST_F(RecipientCapTest, WhatDidNotArriveDoesNotCount) {
    send(1, noon);
    cap.give_back(recipient(1));
    EXPECT_EQ(send(1, noon), 1);
}

TEST_F(RecipientCapTest, ThoseForWhomSomethingWaitsAreCounted) {
    send(1, noon, 60);
    EXPECT_EQ(cap.reached(noon), 0u) << "nothing waits for him";
    send(1, noon);
    send(2, noon);
    EXPECT_EQ(cap.reached(noon), 2u);
    EXPECT_EQ(cap.reached(noon + 1min), 0u);
}

TEST_F(RecipientCapTest, WithoutALimitNobodyWaits) {
    send(1, noon);
    cap.set_max(std::nullopt);
    EXPECT_EQ(send(1, noon), 1000);
    EXPECT_EQ(cap.reached(noon), 0u);
}

TEST_F(RecipientCapTest, ANewLimitHoldsFromThenOn) {
    send(1, noon);
    cap.set_max(Rate{120, 1h});
    EXPECT_EQ(send(1, noon + 1min), 2);
    EXPECT_EQ(send(1, noon + 2min), 2);
}

TEST_F(RecipientCapTest, ForgettingThoseWhoGotNothingLatelyForgetsNobodyElse) {
    send(1, noon);
    for (unsigned other = 2; other < 5000; ++other) send(other, noon, 1);
    for (unsigned other = 5000; other < 10000; ++other) send(other, noon + 90s, 1);
    EXPECT_EQ(send(1, noon + 90s), 1);
}

}  // namespace
}  // namespace postrider
