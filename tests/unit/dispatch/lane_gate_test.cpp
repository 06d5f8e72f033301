#include "lib/dispatch/lane_gate.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const TimePoint noon{std::chrono::seconds{1893499200}};

struct LaneGateTest : ::testing::Test {
    LaneGateTest() { gate.set_calls_max(16); }

    void apply(const Outcome& outcome) { gate.apply(outcome, ++message, 1, now); }
    void apply(Verdict verdict) { apply(Outcome::failed(verdict, "as told")); }
    void apply_many(int count, Verdict verdict) {
        for (int i = 0; i < count; ++i) apply(verdict);
    }
    /// Constant failure, of ten messages in three seconds.
    void break_it(Verdict verdict = Verdict::deferred) {
        apply_many(9, verdict);
        now += 3s;
        apply(verdict);
    }
    /// How long nothing may start.
    std::chrono::microseconds pause() const {
        const auto until = gate.closed_until(now);
        return until ? *until - now : 0us;
    }
    void wait() { now += pause(); }
    std::string trouble() const {
        const auto trouble = gate.trouble(now);
        return trouble ? trouble->text : "";
    }

    TimePoint now = noon;
    MessageId message = 0;
    LaneGate gate{"sms", Backoff{10s, 100s}};
};

TEST_F(LaneGateTest, IsOpenAtFirst) {
    EXPECT_EQ(gate.calls_max(), 16u);
    EXPECT_EQ(pause(), 0s);
    EXPECT_FALSE(gate.probing());
    EXPECT_EQ(trouble(), "");
}

TEST_F(LaneGateTest, HasOneCallAtLeast) {
    gate.set_calls_max(0);
    EXPECT_EQ(gate.calls_max(), 1u);
}

TEST_F(LaneGateTest, EachVerdictMeansOneThing) {
    struct Row {
        Verdict verdict;
        std::chrono::microseconds pause;
        std::size_t calls;
        bool probing;
    };
    const Row table[] = {
        {Verdict::sent, 0s, 16, false},      {Verdict::rejected, 0s, 16, false},
        {Verdict::deferred, 0s, 16, false},  {Verdict::in_doubt, 0s, 16, false},
        {Verdict::throttled, 10s, 1, false}, {Verdict::misconfigured, 1min, 1, true},
    };
    for (const Row& row : table) {
        gate.reset();
        apply(row.verdict);
        EXPECT_EQ(pause(), row.pause) << to_string(row.verdict);
        EXPECT_EQ(gate.calls_max(), row.calls) << to_string(row.verdict);
        EXPECT_EQ(gate.probing(), row.probing) << to_string(row.verdict);
    }
}

TEST_F(LaneGateTest, APauseGrowsWhileTheProviderGoesOnAskingForOne) {
    for (const auto expected : {10s, 20s, 40s, 80s, 100s, 100s}) {
        apply(Verdict::throttled);
        EXPECT_EQ(pause(), expected);
        wait();
    }
    apply(Verdict::sent);
    apply(Verdict::throttled);
    EXPECT_EQ(pause(), 10s);
}

TEST_F(LaneGateTest, APauseIsAsLongAsTheProviderSays) {
    Outcome throttled = Outcome::failed(Verdict::throttled, "");
    throttled.retry_after = 3s;
    apply(throttled);
    EXPECT_EQ(pause(), 3s);
}

TEST_F(LaneGateTest, WhatWasInFlightWhenThePauseBeganAsksForNoMore) {
    apply_many(16, Verdict::throttled);
    EXPECT_EQ(pause(), 10s);
    apply_many(2, Verdict::sent);
    EXPECT_EQ(pause(), 10s);
}

TEST_F(LaneGateTest, AfterAPauseItComesBackCarefully) {
    apply(Verdict::throttled);
    wait();
    EXPECT_EQ(gate.calls_max(), 1u);
    apply(Verdict::sent);
    EXPECT_EQ(gate.calls_max(), 2u);
    apply_many(6, Verdict::sent);
    EXPECT_EQ(gate.calls_max(), 8u) << "fast, up to half of what was too much";
    apply_many(8, Verdict::sent);
    EXPECT_EQ(gate.calls_max(), 8u) << "then by one a round";
    apply(Verdict::sent);
    EXPECT_EQ(gate.calls_max(), 9u);
    apply_many(1000, Verdict::sent);
    EXPECT_EQ(gate.calls_max(), 16u);
}

TEST_F(LaneGateTest, AnotherPauseWhileItComesBackHalvesItAgain) {
    apply(Verdict::throttled);
    wait();
    apply_many(7, Verdict::sent);
    ASSERT_EQ(gate.calls_max(), 8u);
    apply(Verdict::throttled);
    wait();
    EXPECT_EQ(gate.calls_max(), 1u);
    apply_many(3, Verdict::sent);
    EXPECT_EQ(gate.calls_max(), 4u);
    apply(Verdict::sent);
    EXPECT_EQ(gate.calls_max(), 4u);
}

TEST_F(LaneGateTest, ManyMessagesOfOneCallAreOneReasonToGoFaster) {
    apply(Verdict::throttled);
    wait();
    for (int i = 0; i < 100; ++i) gate.apply(Outcome::sent("id", {}), ++message, 100, now);
    EXPECT_LE(gate.calls_max(), 2u);
}

TEST_F(LaneGateTest, MoreCallsAreAllowedAtOnceUnlessItIsSlowedDown) {
    gate.set_calls_max(32);
    EXPECT_EQ(gate.calls_max(), 32u);
    apply(Verdict::throttled);
    gate.set_calls_max(64);
    EXPECT_EQ(gate.calls_max(), 1u);
    gate.reset();
    gate.set_calls_max(8);
    EXPECT_EQ(gate.calls_max(), 8u);
}

TEST_F(LaneGateTest, RefusedCredentialsStopItButForOneProbeAMinute) {
    apply(Verdict::misconfigured);
    EXPECT_THAT(trouble(), HasSubstr("stopped: as told"));
    wait();
    EXPECT_TRUE(gate.probing());
    EXPECT_EQ(gate.calls_max(), 1u);
    apply(Verdict::deferred);
    EXPECT_EQ(pause(), 1min) << "it proved nothing";
    wait();
    apply(Verdict::rejected);
    EXPECT_EQ(pause(), 1min);
    wait();
    apply(Verdict::sent);
    EXPECT_FALSE(gate.probing());
    EXPECT_EQ(trouble(), "");
    EXPECT_EQ(gate.calls_max(), 2u);
}

TEST_F(LaneGateTest, NewSettingsOpenIt) {
    apply(Verdict::misconfigured);
    gate.reset();
    EXPECT_FALSE(gate.probing());
    EXPECT_EQ(pause(), 0s);
    EXPECT_EQ(gate.calls_max(), 16u);
    break_it();
    gate.reset();
    EXPECT_FALSE(gate.broken());
    EXPECT_EQ(pause(), 0s);
}

TEST_F(LaneGateTest, ConstantFailureBreaksIt) {
    for (const Verdict verdict : {Verdict::deferred, Verdict::in_doubt}) {
        gate.reset();
        break_it(verdict);
        EXPECT_TRUE(gate.broken());
        EXPECT_TRUE(gate.probing());
        EXPECT_THAT(trouble(), HasSubstr("fails constantly: as told"));
        EXPECT_EQ(gate.trouble(now)->message.health, Health::critical);
    }
}

TEST_F(LaneGateTest, SporadicFailureDoesNotHoweverMuch) {
    for (int i = 0; i < 1000; ++i) {
        apply_many(99, Verdict::deferred);
        now += 1s;
        apply(i % 2 == 0 ? Verdict::deferred : Verdict::sent);
    }
    EXPECT_FALSE(gate.broken());
}

TEST_F(LaneGateTest, FailureOfAFewMessagesDoesNotHoweverOften) {
    for (int i = 0; i < 1000; ++i) {
        now += 1s;
        gate.apply(Outcome::failed(Verdict::deferred, "busy"), i % 4, 1, now);
    }
    EXPECT_FALSE(gate.broken());
}

TEST_F(LaneGateTest, FailureOfAMomentDoesNot) {
    apply_many(1000, Verdict::deferred);
    now += 1999ms;
    apply(Verdict::deferred);
    EXPECT_FALSE(gate.broken());
}

TEST_F(LaneGateTest, BrokenItIsProbedLessAndLessOftenUntilSomethingIsAccepted) {
    break_it();
    for (const auto expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        EXPECT_EQ(pause(), expected);
        wait();
        EXPECT_EQ(gate.calls_max(), 1u);
        apply(Verdict::deferred);
    }
    wait();
    apply(Verdict::sent);
    EXPECT_FALSE(gate.broken());
    EXPECT_EQ(gate.calls_max(), 2u);
    break_it();
    EXPECT_EQ(pause(), 1s);
}

TEST_F(LaneGateTest, WhatWasInFlightWhenItBrokeIsNoProbe) {
    break_it();
    apply_many(15, Verdict::deferred);
    EXPECT_EQ(pause(), 1s);
    apply(Verdict::sent);
    EXPECT_FALSE(gate.broken());
    EXPECT_EQ(pause(), 0s);
}

TEST_F(LaneGateTest, AStoppedOneDoesNotBreakToo) {
    apply(Verdict::misconfigured);
    break_it();
    EXPECT_FALSE(gate.broken());
    EXPECT_THAT(trouble(), HasSubstr("stopped"));
}

}  // namespace
}  // namespace postrider
