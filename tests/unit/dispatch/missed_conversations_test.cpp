#include "lib/dispatch/missed_conversations.h"

#include <gtest/gtest.h>

#include <random>

namespace postrider {
namespace {

ConversationId id(std::uint64_t number) {
    std::mt19937_64 random(number);
    ConversationId made{};
    for (unsigned char& byte : made) byte = static_cast<unsigned char>(random());
    return made;
}

struct MissedConversationsTest : ::testing::Test {
    /// All rows are read once, and these conversations turned away.
    void read_all(std::initializer_list<std::uint64_t> turned_away) {
        missed.begin_reading();
        for (const auto number : turned_away) missed.add(id(number));
        missed.end_reading();
    }

    MissedConversations missed;
};

TEST_F(MissedConversationsTest, UntilAllWasReadAnyMayBeMissed) {
    EXPECT_TRUE(missed.may_have(id(1)));
    missed.begin_reading();
    EXPECT_TRUE(missed.may_have(id(1)));
    missed.end_reading();
    EXPECT_FALSE(missed.may_have(id(1)));
}

TEST_F(MissedConversationsTest, ThoseThatWereTurnedAwaySinceAreMissedToo) {
    read_all({1});
    missed.add(id(2));
    EXPECT_TRUE(missed.may_have(id(1)));
    EXPECT_TRUE(missed.may_have(id(2)));
    EXPECT_FALSE(missed.may_have(id(3)));
}

TEST_F(MissedConversationsTest, AnotherReadingForgetsThoseThatAreMissedNoMore) {
    read_all({1, 2});
    read_all({2});
    EXPECT_FALSE(missed.may_have(id(1)));
    EXPECT_TRUE(missed.may_have(id(2)));
}

TEST_F(MissedConversationsTest, WhileAllIsReadTheLastReadingHoldsForAllOthers) {
    read_all({1});
    missed.begin_reading();
    missed.add(id(2));
    EXPECT_TRUE(missed.may_have(id(1)));
    EXPECT_TRUE(missed.may_have(id(2)));
    EXPECT_FALSE(missed.may_have_read(id(1))) << "it was not come to";
    EXPECT_TRUE(missed.may_have_read(id(2)));
}

TEST_F(MissedConversationsTest, OutsideOfAReadingNothingWasComeTo) {
    EXPECT_TRUE(missed.may_have_read(id(1)));
}

TEST_F(MissedConversationsTest, AReadingThatWasForgottenTellsNothingWhenItEnds) {
    missed.begin_reading();
    missed.forget();
    missed.end_reading();
    EXPECT_FALSE(missed.known());
    EXPECT_TRUE(missed.may_have(id(1)));
}

TEST_F(MissedConversationsTest, NoneIsOverlookedAndFewAreSuspectedAmongManyOthers) {
    missed.begin_reading();
    for (std::uint64_t number = 0; number < 100000; ++number) missed.add(id(number));
    missed.end_reading();
    int suspected = 0;
    for (std::uint64_t number = 0; number < 100000; ++number) ASSERT_TRUE(missed.may_have(id(number)));
    for (std::uint64_t number = 100000; number < 200000; ++number)
        suspected += missed.may_have(id(number)) ? 1 : 0;
    EXPECT_LT(suspected, 10);
}

}  // namespace
}  // namespace postrider
