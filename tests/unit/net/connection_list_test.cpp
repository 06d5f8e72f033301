#include "lib/net/connection_list.h"

#include <gtest/gtest.h>

#include <optional>

namespace postrider {
namespace {

using Stage = ConnectionList::Stage;

struct FakeConnection final : OpenConnection {
    explicit FakeConnection(ConnectionList& list) { place.emplace(list, *this); }
    void stop() override { stopped = true; }
    void evict() override { evicted = true; }

    std::optional<ConnectionList::Place> place;
    bool stopped = false;
    bool evicted = false;
};

struct ConnectionListTest : ::testing::Test {
    ConnectionList list;
    FakeConnection first{list};
    FakeConnection second{list};
    FakeConnection third{list};
};

TEST_F(ConnectionListTest, TheOneThatHasBeenIdleLongestGoesFirst) {
    first.place->enter(Stage::answering);
    first.place->enter(Stage::idle);
    EXPECT_TRUE(list.evict_one());
    EXPECT_TRUE(second.evicted);
    EXPECT_TRUE(list.evict_one());
    EXPECT_TRUE(third.evicted);
    EXPECT_TRUE(list.evict_one());
    EXPECT_TRUE(first.evicted);
    EXPECT_FALSE(list.evict_one());
}

TEST_F(ConnectionListTest, OneWhoseRequestIsComingGoesOnlyWhereNoneIsIdle) {
    first.place->enter(Stage::receiving);
    second.place->enter(Stage::receiving);
    EXPECT_TRUE(list.evict_one());
    EXPECT_TRUE(third.evicted);
    EXPECT_TRUE(list.evict_one());
    EXPECT_TRUE(first.evicted);
    EXPECT_FALSE(second.evicted);
}

TEST_F(ConnectionListTest, OneWhoseRequestIsBeingAnsweredStays) {
    for (FakeConnection* each : {&first, &second, &third}) each->place->enter(Stage::answering);
    EXPECT_FALSE(list.evict_one());
    EXPECT_FALSE(first.evicted || second.evicted || third.evicted);
}

TEST_F(ConnectionListTest, OneThatLeavesCountsNoMoreWhateverItDoesMeanwhile) {
    EXPECT_EQ(list.size(), 3u);
    list.evict_one();
    EXPECT_EQ(list.size(), 2u);
    first.place->enter(Stage::receiving);
    EXPECT_EQ(list.size(), 2u);
    first.place.reset();
    second.place.reset();
    EXPECT_EQ(list.size(), 1u);
}

TEST_F(ConnectionListTest, AllThatAreThereAreToldToStop) {
    second.place->enter(Stage::answering);
    list.stop_all();
    EXPECT_TRUE(first.stopped && second.stopped && third.stopped);
}

}  // namespace
}  // namespace postrider
