// The rates that a lane keeps: its own, shared ones, and what a recipient may get.
#include "tests/support/daemon_in_memory.h"
#include "tests/support/lane_test.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

struct LanePaceTest : testing::LaneTest {
    std::size_t left() { return transport->left.size(); }
};

TEST_F(LanePaceTest, ARateIsHeldWithinOnePerCentOverTenMinutesThoughEachTimerIsLate) {
    channel.rate = Rate{10, 1s};
    limits.window.whole = 8000;
    start();
    insert_many(7000);
    for (const TimePoint end = clock.now() + 10min; clock.now() < end;) pass(7ms);
    EXPECT_GE(left(), 5940u);
    EXPECT_LE(left(), 6060u);
}

TEST_F(LanePaceTest, WhatHasMoreSegmentsTakesMoreOfTheRate) {
    channel.rate = Rate{1, 1s};
    channel.rate_counts = RateCounts::segments;
    start();
    insert_and_offer(std::string(161, 'a'), "x");
    insert_and_offer("short", "y", 1ms);
    pass(1900ms);
    EXPECT_EQ(left(), 1u);
    pass(100ms);
    EXPECT_EQ(left(), 2u);
}

TEST_F(LanePaceTest, AClaimThatIsNotGrantedGivesBackAllThatItCost) {
    channel.rate = Rate{1, 1s};
    channel.rate_counts = RateCounts::segments;
    start();
    const MessageId edited = insert(std::string(1000, 'a'), "x");
    OutgoingMessage before = database.read(edited);
    database.edit(edited, [this](testing::MemoryDatabase::Row& row) { row.send_date = clock.now() + 1h; });
    offer(std::move(before), clock.now(), clock.now());
    settle();
    insert_and_offer("short", "y");
    settle();
    EXPECT_THAT(transport->texts(), ::testing::ElementsAre("short"));
}

struct RecipientMaxTest : LanePaceTest {
    RecipientMaxTest() { channel.recipient_max = Rate{3, 1h}; }
};

TEST_F(RecipientMaxTest, MoreThanThatWaitsAndTheStatusWarns) {
    start();
    for (int i = 0; i < 5; ++i) insert_and_offer("m" + std::to_string(i), "a");
    insert_and_offer("other", "b");
    settle();
    EXPECT_EQ(left(), 4u);
    EXPECT_EQ(lane->check().health, Health::warning);
    EXPECT_THAT(lane->check().text, HasSubstr("1 recipient got recipient_max, and more waits for them"));
    pass(20min);
    EXPECT_EQ(left(), 5u);
    pass(20min);
    EXPECT_EQ(left(), 6u);
    EXPECT_EQ(lane->check().health, Health::ok);
    EXPECT_TRUE(is_clean());
}

TEST_F(RecipientMaxTest, HoldsAlsoWhereEachMessageIsAConversationOfItsOwn) {
    start();
    for (int i = 0; i < 5; ++i) {
        const MessageId id = insert("m", "a");
        Waiting waiting;
        waiting.message = database.read(id);
        waiting.destination = waiting.message.destination;
        waiting.conversation = privacy.hash()("message", std::to_string(id));
        waiting.recipient = privacy.hash()("conversation", "a");
        waiting.not_before = clock.now();
        lane->offer(std::move(waiting));
    }
    settle();
    EXPECT_EQ(left(), 3u);
}

TEST_F(RecipientMaxTest, TriesThatFailDoNotCount) {
    transport->script(Verdict::deferred);
    transport->script(Verdict::deferred);
    start();
    insert_and_offer("again", "a");
    insert_and_offer("two", "a");
    insert_and_offer("three", "a");
    pass(2min);
    EXPECT_EQ(left(), 5u);
    EXPECT_TRUE(is_clean());
}

TEST_F(RecipientMaxTest, WhatWasParkedIsReadAgainAFewHundredAtATime) {
    transport->batch = 5000;
    for (int i = 0; i < 2000; ++i) transport->script(Verdict::deferred);
    limits.breaker.failures = 100000;
    start();
    insert_many(2000);
    settle();
    ASSERT_EQ(left(), 2000u);
    for (int i = 0; i < 120; ++i) pass(1s);
    EXPECT_EQ(left(), 4000u);
    EXPECT_TRUE(is_clean());
}

TEST_F(RecipientMaxTest, AnApplicationThatRunsInACircleDoesNotFillTheWindow) {
    limits.window = {.whole = 10, .parked = 100, .of_conversation = 3};
    start();
    for (int i = 0; i < 50; ++i) insert_and_offer("circle", "a");
    settle();
    insert_and_offer("other", "b");
    settle();
    EXPECT_EQ(transport->texts().back(), "other");
    EXPECT_FALSE(lane->full());
}

struct SharedLimitTest : testing::DaemonTest {
    SharedLimitTest() {
        settings.channels = {channel("sms"), channel("mail")};
        for (ChannelSetup& each : settings.channels) each.channel.limits = {"account"};
        settings.limits = {{"account", Rate{2, 1s}}};
    }
    MessageId insert_for(const std::string& name, int number) {
        testing::MemoryDatabase::Row row;
        row.text = name;
        row.destination = name + std::to_string(number);
        row.send_date = clock.now();
        row.ready = true;
        row.metadata = R"({"message_channel": ")" + name + "\"}";
        const MessageId id = database.insert(std::move(row));
        ring(id);
        return id;
    }
};

TEST_F(SharedLimitTest, ChannelsKeepItTogetherAndTakeTurns) {
    start_daemon();
    for (int i = 0; i < 200; ++i) insert_for("sms", i);
    for (int i = 0; i < 30; ++i) insert_for("mail", i);
    for (int i = 0; i < 200; ++i) pass(100ms);
    const std::size_t sms = provider("sms").left.size();
    const std::size_t mail = provider("mail").left.size();
    EXPECT_GE(mail, 19u);
    EXPECT_THAT(sms + mail, AllOf(::testing::Ge(39u), ::testing::Le(42u)));
}

TEST_F(SharedLimitTest, AReloadChangesIt) {
    start_daemon();
    settings.limits = {{"account", Rate{100, 1s}}};
    daemons[0].dispatcher.reconfigure(settings);
    for (int i = 0; i < 100; ++i) insert_for("sms", i);
    for (int i = 0; i < 20; ++i) pass(100ms);
    EXPECT_THAT(provider("sms").left, SizeIs(100));
}

}  // namespace
}  // namespace postrider
