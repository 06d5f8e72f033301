#include "lib/crypto/base64.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

// https://www.rfc-editor.org/rfc/rfc4648#section-10
TEST(Base64, IsThatOfItsStandardBothWays) {
    for (const auto& [bytes, encoded] :
         {std::pair("", ""), {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}}) {
        EXPECT_EQ(to_base64(bytes), encoded);
        EXPECT_EQ(from_base64(encoded), bytes);
    }
    EXPECT_EQ(to_base64("\xfb\xff\xfe"), "+//+");
}

TEST(Base64, TakesNoOtherForm) {
    for (const char* other :
         {"Zg", "Zg=", "Zm9v ", "Zm9v\n", "Zm 9v", "-__-", "Zm9v=", "Zh==", "?", "\xE5m9v", "Zm9\x9A"}) {
        EXPECT_EQ(from_base64(other), std::nullopt) << other;
    }
}

}  // namespace
}  // namespace postrider
