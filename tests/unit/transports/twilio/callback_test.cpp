#include "transports/twilio/callback.h"

#include <gtest/gtest.h>

namespace postrider::twilio {
namespace {

TEST(TwilioCallback, HasTheAttemptAsItsLastParameter) {
    EXPECT_EQ(callback_for("https://a.example", 7), "https://a.example?attempt=7");
    EXPECT_EQ(callback_for("https://a.example/status", 7), "https://a.example/status?attempt=7");
    EXPECT_EQ(callback_for("https://a.example/?", 7), "https://a.example/?attempt=7");
    EXPECT_EQ(callback_for("https://a.example/?b=c", 7), "https://a.example/?b=c&attempt=7");
    EXPECT_EQ(callback_for("https://a.example/?b=c&", 7), "https://a.example/?b=c&attempt=7");
}

TEST(TwilioCallback, MayHaveParametersThatOnlyLookLikeOurs) {
    EXPECT_FALSE(callback_fault("https://a.example/attempt=1?attempts=2&reattempt=3&b=attempt"));
    EXPECT_TRUE(callback_fault("https://a.example/?b=c&attempt=3"));
}

}  // namespace
}  // namespace postrider::twilio
