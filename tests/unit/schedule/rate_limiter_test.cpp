#include "lib/schedule/rate_limiter.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;

const TimePoint noon{std::chrono::seconds{1893499200}};

/// Spends as fast as allowed from `start` to `end`; how many went.
int spend_all(RateLimiter& limiter, TimePoint start, TimePoint end) {
    int count = 0;
    for (TimePoint now = limiter.next_at(start); now < end; now = limiter.next_at(now)) {
        limiter.spend(now);
        ++count;
    }
    return count;
}

TEST(RateLimiter, HoldsARateExactlyOverAnHour) {
    RateLimiter limiter(10);
    EXPECT_EQ(spend_all(limiter, noon, noon + 1h), 36000);
}

TEST(RateLimiter, ARateThatDoesNotDivideASecondIsNeverExceeded) {
    RateLimiter limiter(3);
    const int count = spend_all(limiter, noon, noon + 1h);
    EXPECT_LE(count, 10800);
    EXPECT_GE(count, 10799);
}

TEST(RateLimiter, LessThanOneASecondIsHeldToo) {
    RateLimiter limiter(1.0 / 60);
    EXPECT_EQ(spend_all(limiter, noon, noon + 1h), 60);
}

TEST(RateLimiter, WhoeverComesALittleLateEachTimeKeepsTheRateWithTheBurstForIt) {
    for (const double rate : {1.0, 10.0, 100.0, 1000.0}) {
        RateLimiter limiter(rate, burst_for(rate));
        int count = 0;
        for (TimePoint now = noon; now < noon + 10min;) {
            while (limiter.next_at(now) <= now) {
                limiter.spend(now);
                ++count;
            }
            now = limiter.next_at(now) + 5ms;
        }
        EXPECT_NEAR(count, rate * 600, rate * 6) << rate;
    }
}

TEST(RateLimiter, HasNoBurstUnlessTold) {
    RateLimiter limiter(1);
    limiter.spend(noon);
    EXPECT_EQ(limiter.next_at(noon), noon + 1s);
    // An hour's rest earns nothing.
    limiter.spend(noon + 1h);
    EXPECT_EQ(limiter.next_at(noon + 1h), noon + 1h + 1s);
}

TEST(RateLimiter, ABurstGoesAtOnceAfterARestAndIsThenPaidBack) {
    RateLimiter limiter(1, 3);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(limiter.next_at(noon), noon);
        limiter.spend(noon);
    }
    EXPECT_EQ(limiter.next_at(noon), noon + 1s);
    EXPECT_EQ(spend_all(limiter, noon, noon + 10s), 9);
}

TEST(RateLimiter, ACostOfSeveralWaitsSeveralTimesAsLong) {
    RateLimiter limiter(10);
    limiter.spend(noon, 5);
    EXPECT_EQ(limiter.next_at(noon), noon + 500ms);
}

TEST(RateLimiter, WithoutARateNothingWaits) {
    RateLimiter limiter;
    for (int i = 0; i < 1000; ++i) limiter.spend(noon);
    EXPECT_EQ(limiter.next_at(noon), noon);
}

TEST(RateLimiter, ANewRateKeepsWhatWasSpent) {
    RateLimiter limiter(1);
    limiter.spend(noon);
    limiter.set_rate(100);
    EXPECT_EQ(limiter.next_at(noon), noon + 1s);
    limiter.spend(noon + 1s);
    EXPECT_EQ(limiter.next_at(noon + 1s), noon + 1s + 10ms);
}

TEST(RateLimiter, WhatIsGivenBackMayGoAtOnce) {
    RateLimiter limiter(10);
    limiter.spend(noon, 3);
    limiter.give_back(2);
    EXPECT_EQ(limiter.next_at(noon), noon + 100ms);
    limiter.give_back();
    EXPECT_EQ(limiter.next_at(noon), noon);
}

TEST(RateLimiter, GivingBackEarnsNoBurst) {
    RateLimiter limiter(10);
    limiter.give_back(50);
    limiter.spend(noon);
    limiter.give_back(50);
    EXPECT_EQ(spend_all(limiter, noon, noon + 1s), 10);
}

}  // namespace
}  // namespace postrider
