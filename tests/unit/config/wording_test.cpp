#include "lib/config/wording.h"

#include "lib/config/spelling.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

TEST(Wording, WhatIsShownIsCutBetweenCharactersAndHoldsNoControls) {
    EXPECT_EQ(shown("a\nb\x1b[2J"), "\"a?b?[2J\"");
    EXPECT_EQ(shown(std::string(60, 'x')), "\"" + std::string(60, 'x') + "\"");
    EXPECT_EQ(shown(std::string(59, 'x') + "é and more"), "\"" + std::string(59, 'x') + "…\"");
}

TEST(Spelling, ASlipOfTheFingersIsUnderstood) {
    const std::vector<std::string> known{"port", "pool_size", "public_url"};
    EXPECT_EQ(nearest_word("prot", known), "port");
    EXPECT_EQ(nearest_word("poolsize", known), "pool_size");
    EXPECT_EQ(nearest_word("Public-URL", known), "public_url");
}

TEST(Spelling, AnotherWordIsNoSlip) {
    EXPECT_EQ(nearest_word("colour", {"port", "rate"}), "");
    EXPECT_EQ(nearest_word("x", {"y"}), "");
    EXPECT_EQ(nearest_word("", {"y"}), "");
    EXPECT_EQ(nearest_word(std::string(100'000, 'p'), {"port"}), "");
}

}  // namespace
}  // namespace postrider
