#include "lib/net/refusal_limiter.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;

struct RefusalLimiterTest : ::testing::Test {
    RefusalLimiterTest() { limiter.set_per_minute(10); }

    /// Whether one of so many refusals, at once, limits the address.
    bool refuse(const std::string& address, int times = 1) {
        bool limited = false;
        for (int i = 0; i < times; ++i) limited = limiter.count(address, now) || limited;
        return limited;
    }
    bool is_limited(const std::string& address) const {
        return limiter.limited_for(address, now).has_value();
    }

    RefusalLimiter limiter;
    RefusalLimiter::TimePoint now{1000h};
};

TEST_F(RefusalLimiterTest, AnAddressIsLimitedByOneRefusalMoreThanItHas) {
    EXPECT_FALSE(is_limited("192.0.2.1"));
    EXPECT_FALSE(refuse("192.0.2.1", 10));
    EXPECT_FALSE(is_limited("192.0.2.1"));
    EXPECT_TRUE(refuse("192.0.2.1"));
    EXPECT_TRUE(is_limited("192.0.2.1"));
    EXPECT_FALSE(refuse("192.0.2.1")) << "that it is limited is said once";
    EXPECT_FALSE(is_limited("192.0.2.2"));
    EXPECT_EQ(limiter.limited_count(now), 1u);
}

TEST_F(RefusalLimiterTest, UntilHalfOfItsRefusalsHaveComeBack) {
    refuse("192.0.2.1", 11);
    EXPECT_EQ(limiter.limited_for("192.0.2.1", now), 36s) << "one every six seconds, from -1 to 5";
    now += 35s + 1ms;
    EXPECT_EQ(limiter.limited_for("192.0.2.1", now), 1s);
    now += 1s;
    EXPECT_FALSE(is_limited("192.0.2.1"));
    EXPECT_FALSE(refuse("192.0.2.1", 5));
    EXPECT_TRUE(refuse("192.0.2.1"));
}

TEST_F(RefusalLimiterTest, FewRefusalsNowAndThenLimitNobody) {
    for (int minute = 0; minute < 100; ++minute) {
        EXPECT_FALSE(refuse("192.0.2.1", 10));
        now += 1min;
    }
}

TEST_F(RefusalLimiterTest, OfIPv6ItIsTheNetworkThatCounts) {
    EXPECT_FALSE(refuse("2001:db8:0:1::1", 10));
    EXPECT_TRUE(refuse("2001:db8:0:1:ffff::2"));
    EXPECT_TRUE(is_limited("2001:db8:0:1:1234::"));
    EXPECT_FALSE(is_limited("2001:db8:0:2::1"));
}

TEST_F(RefusalLimiterTest, OfMoreAddressesThanItKeepsTheOneLeastRecentlyRefusedIsForgotten) {
    refuse("192.0.2.1", 11);
    refuse("192.0.2.2", 11);
    const auto others = [&](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            refuse("10." + std::to_string(i / 250) + ".0." + std::to_string(i % 250));
    };
    others(RefusalLimiter::addresses_max - 2);
    EXPECT_TRUE(is_limited("192.0.2.1"));
    refuse("192.0.2.1");
    refuse("192.0.2.3");
    EXPECT_TRUE(is_limited("192.0.2.1"));
    EXPECT_FALSE(is_limited("192.0.2.2"));
}

TEST_F(RefusalLimiterTest, WithoutALimitNothingIsCounted) {
    limiter.set_per_minute(0);
    EXPECT_FALSE(refuse("192.0.2.1", 1000));
    EXPECT_FALSE(is_limited("192.0.2.1"));
}

}  // namespace
}  // namespace postrider
