#include "lib/dispatch/message_keys.h"

#include <gtest/gtest.h>

#include <limits>

namespace postrider {
namespace {

const TimePoint noon{std::chrono::seconds{1893499200}};
constexpr MessageId least = std::numeric_limits<MessageId>::min();
constexpr MessageId most = std::numeric_limits<MessageId>::max();

TEST(MessageKeys, NothingIsBetweenAKeyAndTheNext) {
    for (const MessageId id : {least, MessageId{-1}, MessageId{7}, most - 1, most}) {
        const MessageKey key{noon, id};
        EXPECT_LT(key, next_key(key)) << id;
        EXPECT_EQ(previous_key(next_key(key)), key) << id;
        EXPECT_LT(previous_key(key), key) << id;
        EXPECT_EQ(next_key(previous_key(key)), key) << id;
    }
}

TEST(MessageKeys, AMomentBeginsBeforeAllItsKeys) {
    EXPECT_LE(start_of(noon), (MessageKey{noon, least}));
    EXPECT_GT(start_of(noon), (MessageKey{noon - std::chrono::microseconds{1}, most}));
    EXPECT_LE(first_key, (MessageKey{TimePoint::min(), least}));
}

TEST(MessageKeys, TheEarliestIsKept) {
    std::optional<MessageKey> earliest;
    for (const MessageId id : {5, 9, 3, 4}) keep_earliest(earliest, {noon, id});
    EXPECT_EQ(earliest, (MessageKey{noon, 3}));
}

}  // namespace
}  // namespace postrider
