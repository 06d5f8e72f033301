#include "lib/schedule/backoff.h"

#include <gtest/gtest.h>

#include <limits>

namespace postrider {
namespace {

using namespace std::chrono_literals;

constexpr double almost_one = 0.999999999;

TEST(WaitAfter, DoublesFromTheFirstToTheCap) {
    const Backoff backoff{.first = 5s, .max = 60s};
    EXPECT_EQ(wait_after(backoff, 1, 1.0), 5s);
    EXPECT_EQ(wait_after(backoff, 2, 1.0), 10s);
    EXPECT_EQ(wait_after(backoff, 4, 1.0), 40s);
    EXPECT_EQ(wait_after(backoff, 5, 1.0), 60s);
    EXPECT_EQ(wait_after(backoff, 500, 1.0), 60s);
}

TEST(WaitAfter, HasFullJitter) {
    const Backoff backoff{.first = 8s, .max = 60s};
    EXPECT_EQ(wait_after(backoff, 1, 0.0), 0s);
    EXPECT_EQ(wait_after(backoff, 1, 0.25), 2s);
    EXPECT_LT(wait_after(backoff, 1, almost_one), 8s + 1ms);
}

TEST(WaitAfter, IsNeverNegativeNorBeyondTheCapForAnyCount) {
    const Backoff backoff;
    for (int failures :
         {std::numeric_limits<int>::min(), -1, 0, 1, 7, 63, 64, std::numeric_limits<int>::max()}) {
        for (double chance : {0.0, 0.5, almost_one}) {
            const auto wait = wait_after(backoff, failures, chance);
            EXPECT_GE(wait, 0ms) << failures;
            EXPECT_LE(wait, backoff.max) << failures;
        }
    }
}

TEST(WaitAfter, DoesNotOverflowHoweverHighTheCap) {
    const Backoff backoff{.first = 1s, .max = std::chrono::milliseconds::max()};
    EXPECT_GT(wait_after(backoff, 1000, 0.5), std::chrono::hours{1000000});
}

TEST(WaitAfter, AFirstWaitBeyondTheCapIsTheCap) {
    EXPECT_EQ(wait_after({.first = 60s, .max = 10s}, 1, 1.0), 10s);
}

TEST(WaitAfter, WithoutAFirstWaitThereIsNone) {
    EXPECT_EQ(wait_after({.first = 0s, .max = 10s}, std::numeric_limits<int>::max(), 1.0), 0s);
}

}  // namespace
}  // namespace postrider
