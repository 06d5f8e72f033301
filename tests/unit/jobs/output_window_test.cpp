#include "lib/process/output_window.h"

#include <gtest/gtest.h>

namespace postrider {
namespace {

std::string shown(std::initializer_list<const char*> pieces) {
    OutputWindow window(4, 3);
    for (const char* each : pieces) window.add(each);
    return window.text();
}

TEST(OutputWindow, WhatFitsIsAllThere) {
    EXPECT_EQ(shown({}), "");
    EXPECT_EQ(shown({"abc"}), "abc");
    EXPECT_EQ(shown({"ab", "cd", "efg"}), "abcdefg");
}

TEST(OutputWindow, OfMoreThereAreTheBeginningAndTheEnd) {
    const char* const cut = "abcd\n[2 bytes are left out here]\nghi";
    EXPECT_EQ(shown({"abcdefghi"}), cut);
    EXPECT_EQ(shown({"abcde", "f", "g", "hi"}), cut);
    EXPECT_EQ(shown({"a", "b", "c", "d", "e", "f", "g", "h", "i"}), cut);
}

TEST(OutputWindow, ItStaysSmallHoweverMuchComes) {
    OutputWindow window;
    const std::string piece(100000, 'x');
    for (int i = 0; i < 1000; ++i) window.add(piece);
    EXPECT_EQ(window.total(), 100000000u);
    EXPECT_LT(window.text().size(), 66000u);
}

}  // namespace
}  // namespace postrider
