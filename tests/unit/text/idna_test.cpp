#include "lib/text/idna.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

TEST(IdnaTest, AnInternationalNameGetsItsAsciiForm) {
    EXPECT_EQ(ascii_domain("bücher.example"), "xn--bcher-kva.example");
    EXPECT_EQ(ascii_domain("Straße.example"), "xn--strae-oqa.example");
    EXPECT_EQ(ascii_domain("example.org"), "example.org");
}

TEST(IdnaTest, WhatIsNoNameHasNone) {
    for (const std::string& name : {std::string("ex ample.org"), std::string("a\xCC\x88..b"),
                                    std::string("-ä.example"), std::string(2000, 'a')}) {
        EXPECT_FALSE(ascii_domain(name)) << name;
    }
}

}  // namespace
}  // namespace postrider
