#include "lib/text/segments.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace postrider {
namespace {

boost::json::array vectors() {
    std::ifstream file(POSTRIDER_SOURCE_DIR "/tests/vectors/gsm_segments.json");
    std::ostringstream content;
    content << file.rdbuf();
    return boost::json::parse(content.str()).at("cases").as_array();
}

std::string times(int count, const std::string& text) {
    std::string repeated;
    for (int i = 0; i < count; ++i) repeated += text;
    return repeated;
}

TEST(Segments, AreCountedAsTheVectorsSay) {
    const boost::json::array cases = vectors();
    ASSERT_FALSE(cases.empty());
    for (const boost::json::value& entry : cases) {
        SCOPED_TRACE(entry.at("id").as_string());
        const SegmentCount count = count_segments(std::string_view(entry.at("text").as_string()));
        EXPECT_EQ(name_of(count.encoding), std::string_view(entry.at("encoding").as_string()));
        EXPECT_EQ(count.units, entry.at("units").to_number<std::size_t>());
        EXPECT_EQ(count.segments, entry.at("segments").to_number<std::size_t>());
    }
}

TEST(Segments, EveryCharacterOfTheBasicTableIsOneSeptet) {
    // In the order of the table, by hand, so that the code's own table is not what it is judged by.
    const std::string table =
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
        "¿abcdefghijklmnopqrstuvwxyzäöñüà";
    const SegmentCount count = count_segments(table);
    EXPECT_EQ(count.encoding, SmsEncoding::gsm_7);
    EXPECT_EQ(count.units, 127u) << "128 places, one of them the escape";
}

TEST(Segments, EveryCharacterOfTheExtensionTableIsTwoSeptets) {
    const SegmentCount count = count_segments("^{}\\[~]|€\f");
    EXPECT_EQ(count.encoding, SmsEncoding::gsm_7);
    EXPECT_EQ(count.units, 20u);
}

TEST(Segments, OneForeignCharacterMakesTheWholeTextUcs2) {
    for (const char* foreign : {"`", "\t", "ç", "á", "Á", "’", "–", "…", "\u00A0", "Α", "😀", "\v", "\x1B"}) {
        const SegmentCount count = count_segments("{}" + std::string(foreign));
        EXPECT_EQ(count.encoding, SmsEncoding::ucs_2) << foreign;
        EXPECT_EQ(count.units, std::string_view(foreign) == "😀" ? 4u : 3u) << foreign;
    }
}

TEST(Segments, ATwoUnitCharacterGoesWholeToTheNextSegment) {
    EXPECT_EQ(count_segments(times(306, "a")).segments, 2u);
    EXPECT_EQ(count_segments(times(152, "a") + "€" + times(152, "a")).segments, 3u);
    EXPECT_EQ(count_segments(times(151, "a") + "€" + times(153, "a")).segments, 2u);
    EXPECT_EQ(count_segments(times(66, "я") + "😀" + times(66, "я")).segments, 3u);
}

TEST(Segments, WhatIsNotUtf8CountsAsReplacementCharacters) {
    const SegmentCount count = count_segments("ab\xFF\xC3(");
    EXPECT_EQ(count.encoding, SmsEncoding::ucs_2);
    EXPECT_EQ(count.units, 5u);
    EXPECT_EQ(count_segments(std::string(71, '\x80')).segments, 2u);
}

}  // namespace
}  // namespace postrider
