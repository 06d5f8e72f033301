#include "lib/crypto/keyed_hash.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

TEST(KeyedHash, IsTheSameForTheSameKeyContextAndValue) {
    EXPECT_EQ(KeyedHash(Secret("key"))("content", "hello"), KeyedHash(Secret("key"))("content", "hello"));
}

TEST(KeyedHash, DiffersWithKeyContextAndValue) {
    const Hash hash = KeyedHash(Secret("key"))("content", "hello");
    EXPECT_NE(hash, KeyedHash(Secret("other"))("content", "hello"));
    EXPECT_NE(hash, KeyedHash(Secret("key"))("other", "hello"));
    EXPECT_NE(hash, KeyedHash(Secret("key"))("content", "other"));
}

TEST(KeyedHash, AContextIsNeverAnothersBeginning) {
    const KeyedHash hash(Secret("key"));
    EXPECT_NE(hash("conversation:sms", "x"), hash("conversation:sm", "sx"));
    EXPECT_NE(hash("", "ab"), hash("ab", ""));
}

TEST(KeyedHash, TakesAKeyOfAnyLength) {
    const Hash none = KeyedHash(Secret())("a", "b");
    EXPECT_NE(none, KeyedHash(Secret(std::string(1000, 'k')))("a", "b"));
    EXPECT_NE(none, Hash{});
}

}  // namespace
}  // namespace postrider
