#include "lib/text/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace postrider {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, TakesTheFirstAndLastCodePointOfEachLength) {
    for (std::string_view text : {"\x00"sv, "\x7F"sv, "\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv,
                                  "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv}) {
        EXPECT_TRUE(is_utf8(text)) << ::testing::PrintToString(text);
        EXPECT_EQ(count_code_points(text), 1u);
    }
    EXPECT_TRUE(is_utf8(""));
}

TEST(Utf8, TakesWhatStandsBesideTheSurrogates) {
    EXPECT_TRUE(is_utf8("\xED\x9F\xBF"));
    EXPECT_TRUE(is_utf8("\xEE\x80\x80"));
}

TEST(Utf8, RefusesOverlongForms) {
    for (std::string_view text : {"\xC0\x80"sv, "\xC1\xBF"sv, "\xE0\x80\x80"sv, "\xE0\x9F\xBF"sv,
                                  "\xF0\x80\x80\x80"sv, "\xF0\x8F\xBF\xBF"sv}) {
        EXPECT_FALSE(is_utf8(text)) << ::testing::PrintToString(text);
    }
}

TEST(Utf8, RefusesSurrogatesAndWhatIsAboveTheLastCodePoint) {
    for (std::string_view text : {"\xED\xA0\x80"sv, "\xED\xBF\xBF"sv, "\xF4\x90\x80\x80"sv,
                                  "\xF5\x80\x80\x80"sv, "\xF8\x88\x80\x80\x80"sv, "\xFE"sv, "\xFF"sv}) {
        EXPECT_FALSE(is_utf8(text)) << ::testing::PrintToString(text);
    }
}

TEST(Utf8, RefusesWhatIsCutOffOrOutOfPlace) {
    for (std::string_view text : {"\x80"sv, "a\xBF"sv, "\xC3"sv, "\xE2\x82"sv, "\xF0\x9F\x98"sv, "\xC3("sv,
                                  "\xE2\x82("sv, "\xE2(\xAC"sv}) {
        EXPECT_FALSE(is_utf8(text)) << ::testing::PrintToString(text);
    }
}

TEST(Utf8, TakesApartAndPutsTogetherTheFirstAndLastCodePointOfEachLength) {
    for (char32_t c : U"\x00\x7F\x80\u07FF\u0800\uD7FF\uE000\uFFFF\U00010000\U0010FFFF"sv) {
        std::string text;
        append_utf8(text, c);
        EXPECT_TRUE(is_utf8(text)) << static_cast<std::uint32_t>(c);
        text += "z";
        std::string_view rest = text;
        EXPECT_EQ(take_code_point(rest), c);
        EXPECT_EQ(rest, "z");
    }
}

TEST(Utf8, TakesWhatIsNotWellFormedByteByByte) {
    std::string_view rest = "\xE2\x82(\xED\xA0\x80\xFF";
    std::u32string taken;
    while (!rest.empty()) taken += take_code_point(rest);
    EXPECT_EQ(taken, U"\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST(Utf8, CountsCodePointsAndNotBytes) { EXPECT_EQ(count_code_points("Grüße 你好"), 8u); }

TEST(Utf8, CountsTwoUtf16UnitsForWhatIsBeyondTheBasicPlane) {
    EXPECT_EQ(count_utf16_units("Grüße 你好"), 8u);
    EXPECT_EQ(count_utf16_units("😀 \xEF\xBF\xBD"), 4u);
    EXPECT_EQ(count_utf16_units(""), 0u);
}

TEST(Storable, LeavesWhatADatabaseCanKeepAsItIs) { EXPECT_EQ(storable("Grüße\n你好"), "Grüße\n你好"); }

TEST(Storable, TakesOutWhatADatabaseRefuses) {
    EXPECT_EQ(storable("a\xFF\xC3\xBC"), "a???");
    EXPECT_EQ(storable(std::string("a\0b", 3)), "a?b");
}

}  // namespace
}  // namespace postrider
