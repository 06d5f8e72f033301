#include "lib/text/obfuscation.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

TEST(ObfuscationTest, OfANumberInNorthAmericaTheCountryCodeAndTheLastFiveDigitsStay) {
    EXPECT_EQ(obfuscated("+13125550123", "US"), "+1XXXXX50123");
    EXPECT_EQ(obfuscated("(312) 555-0123", "US"), "+1XXXXX50123");
    EXPECT_EQ(obfuscated("+13125550123", "DE"), "+1XXXXX50123");
}

TEST(ObfuscationTest, OfAnyOtherTheLastFiveDigitsStay) {
    EXPECT_EQ(obfuscated("+4915112345678", "US"), "XXXXXXXXX45678");
    EXPECT_EQ(obfuscated("01511 2345678", "DE"), "XXXXXXXXX45678");
}

TEST(ObfuscationTest, ANumberThatNobodyCanHaveIsHiddenAllTheSame) {
    EXPECT_EQ(obfuscated("+1555012", "US"), "XXX55012");
}

TEST(ObfuscationTest, WhatIsNoNumberStaysAsItIs) {
    EXPECT_EQ(obfuscated("someone@example.org", "US"), "someone@example.org");
    EXPECT_EQ(obfuscated("study", "US"), "study");
    EXPECT_EQ(obfuscated("", "US"), "");
    EXPECT_EQ(obfuscated("\xff\xfe", "US"), "\xff\xfe");
}

TEST(ObfuscationTest, ANumberOfFewDigitsIsNotWrittenOver) { EXPECT_EQ(obfuscated("911", "US"), "+1911"); }

}  // namespace
}  // namespace postrider
