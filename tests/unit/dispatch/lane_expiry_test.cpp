#include "tests/support/lane_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

struct LaneExpiryTest : LaneTest {
    LaneExpiryTest() { transport->script(Verdict::deferred); }
    std::string error_of(MessageId id) { return row(id).metadata.value_or(""); }
};

TEST_F(LaneExpiryTest, ATryThatWouldComeAfterItsTimeIsNotWaitedFor) {
    channel.expire_after = 1s;  // the first try again comes after 2.5 s
    start();
    const MessageId id = insert_and_offer("m");
    settle();
    EXPECT_TRUE(row(id).errored);
    EXPECT_THAT(error_of(id), AllOf(HasSubstr("expired"), HasSubstr("in 1 try; the last: ")));
    EXPECT_TRUE(is_clean());
}

TEST_F(LaneExpiryTest, TheLastOfTheAllowedAttemptsIsTheEnd) {
    channel.max_attempts = 1;
    start();
    const MessageId id = insert_and_offer("m");
    settle();
    EXPECT_TRUE(row(id).errored);
    EXPECT_THAT(error_of(id), HasSubstr("given up after 1 try (max_attempts)"));
    EXPECT_EQ(claims(), 1);
}

TEST_F(LaneExpiryTest, WhatCostsNoAttemptDoesNotExpire) {
    channel.expire_after = 0s;
    transport = std::make_shared<ScriptedTransport>(io.get_executor());
    transport->script(Verdict::throttled);
    start();
    const MessageId id = insert_and_offer("m");
    settle();
    EXPECT_FALSE(row(id).errored);
}

}  // namespace
}  // namespace postrider::testing
