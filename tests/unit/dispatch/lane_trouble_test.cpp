#include "tests/support/lane_test.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

using LaneTroubleTest = testing::LaneTest;

TEST_F(LaneTroubleTest, AProviderThatThrottlesPausesTheLaneAndSpendsNoAttempt) {
    Outcome throttled = Outcome::failed(Verdict::throttled, "slow down");
    throttled.retry_after = 7s;
    transport->script(throttled);
    start();
    const MessageId id = insert_and_offer("one");
    insert_and_offer("two", "b", 1s);
    settle();
    EXPECT_EQ(lane->check().health, Health::warning);
    pass(6999ms);
    EXPECT_EQ(transport->left.size(), 1u);
    EXPECT_EQ(database.retries.at(id).failed_attempts, 0);
    pass(1ms);
    EXPECT_EQ(transport->left.size(), 3u);
    EXPECT_TRUE(is_sent(id));
    EXPECT_EQ(lane->check().health, Health::ok);
}

TEST_F(LaneTroubleTest, WhatIsDueIsCountedByHowLongItHasBeen) {
    Outcome throttled = Outcome::failed(Verdict::throttled, "slow down");
    throttled.retry_after = 1h;
    transport->script(throttled);
    start();
    insert_and_offer("one");
    pass(2min);
    insert_and_offer("two", "b");
    settle();
    std::map<std::string, double> due;
    for (const Measure& measure : lane->check().measures) {
        if (measure.label == channel.name + "_due") due[measure.age] = measure.value;
    }
    EXPECT_THAT(due, ElementsAre(Pair("", 2), Pair("older", 0), Pair("under_1d", 0), Pair("under_1h", 0),
                                 Pair("under_1m", 1), Pair("under_5m", 1)));
}

TEST_F(LaneTroubleTest, ManyThatAreThrottledAtOnceAreOneReasonToPause) {
    channel.concurrency = 8;
    for (int i = 0; i < 8; ++i) transport->script(Verdict::throttled);
    start();
    insert_many(8);
    pass(limits.backoff.first - 1ms);
    EXPECT_EQ(transport->left.size(), 8u);
    pass(1ms);
    EXPECT_EQ(transport->left.size(), 16u);
}

TEST_F(LaneTroubleTest, APauseDoublesWhenTheProviderAsksAgain) {
    transport->script(Verdict::throttled);
    transport->script(Verdict::throttled);
    start();
    insert_and_offer("one");
    pass(5s);
    EXPECT_EQ(transport->left.size(), 2u);
    pass(9999ms);
    EXPECT_EQ(transport->left.size(), 2u);
    pass(1ms);
    EXPECT_EQ(transport->left.size(), 3u);
}

TEST_F(LaneTroubleTest, RefusedCredentialsStopTheLaneButForOneProbeAMinute) {
    transport->otherwise = Verdict::misconfigured;
    start();
    const MessageId id = insert_and_offer("m");
    settle();
    insert_many(20);
    settle();
    EXPECT_EQ(transport->left.size(), 1u);
    EXPECT_EQ(lane->check().health, Health::critical);
    EXPECT_THAT(lane->check().text, HasSubstr("stopped: misconfigured"));
    pass(59s);
    EXPECT_EQ(transport->left.size(), 1u);
    pass(1s);
    EXPECT_EQ(transport->left.size(), 2u);
    pass(60s);
    EXPECT_EQ(transport->left.size(), 3u);
    EXPECT_TRUE(row(id).waits());
    transport->otherwise = Verdict::sent;
    pass(60s);
    EXPECT_EQ(transport->left.size(), 3u + 21u);
    EXPECT_EQ(lane->check().health, Health::ok);
    EXPECT_TRUE(is_clean());
}

TEST_F(LaneTroubleTest, AProbeThatProvesNothingIsNotRepeatedAtOnce) {
    transport->script(Verdict::misconfigured);
    transport->otherwise = Verdict::deferred;
    start();
    insert_and_offer("m");
    settle();
    insert_many(20);
    pass(60s);
    EXPECT_EQ(transport->left.size(), 2u);
    pass(59s);
    EXPECT_EQ(transport->left.size(), 2u);
    pass(1s);
    EXPECT_EQ(transport->left.size(), 3u);
}

TEST_F(LaneTroubleTest, AReloadLiftsAStop) {
    transport->script(Verdict::misconfigured);
    start();
    const MessageId id = insert_and_offer("m");
    settle();
    ASSERT_EQ(lane->check().health, Health::critical);
    const auto replaced = std::make_shared<testing::ScriptedTransport>(io.get_executor());
    lane->reconfigure(channel, replaced);
    settle();
    EXPECT_THAT(replaced->texts(), ElementsAre("m"));
    EXPECT_TRUE(is_sent(id));
}

TEST_F(LaneTroubleTest, ConstantFailureStopsTheLaneSpendsNoTryAndProbesOneMessageAfterTheOther) {
    channel.concurrency = 4;
    limits.backoff = {1s, 1s};
    transport->otherwise = Verdict::deferred;
    start();
    insert_many(20);
    pass(3s);
    ASSERT_EQ(lane->check().health, Health::critical);
    EXPECT_THAT(lane->check().text, HasSubstr("fails constantly"));
    const auto tries = [this] {
        int sum = 0;
        for (const auto& [id, retry] : database.retries) sum += retry.failed_attempts;
        return sum;
    };
    const int spent = tries();
    const std::size_t left = transport->left.size();
    pass(1min);
    EXPECT_EQ(tries(), spent);
    EXPECT_GT(transport->left.size(), left);
    EXPECT_LT(transport->left.size(), left + 10) << "one at a time, less and less often";
    const auto texts = transport->texts();
    const std::set<std::string> probed(texts.begin() + static_cast<std::ptrdiff_t>(left), texts.end());
    EXPECT_GT(probed.size(), 1u) << "it may be its own fault";
    transport->otherwise = Verdict::sent;
    pass(2min);
    EXPECT_EQ(lane->check().health, Health::ok);
    EXPECT_TRUE(is_clean());
}

TEST_F(LaneTroubleTest, WhatOurOwnLeaseCutsOffIsNoFailureOfTheChannel) {
    channel.concurrency = 16;
    limits.breaker.span = 0ms;
    transport->otherwise = Verdict::deferred;
    transport->gate.close();
    start();
    insert_many(16);
    settle();
    since_boot += 11s;
    transport->gate.open();
    settle();
    EXPECT_EQ(lane->check().health, Health::ok) << lane->check().text;
}

}  // namespace
}  // namespace postrider
