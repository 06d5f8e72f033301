#include "lib/text/typography.h"

#include "lib/text/segments.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace postrider {
namespace {

/// With what must hold of every result.
std::string replaced(const std::string& text) {
    const std::string result = replace_typographic(text);
    EXPECT_EQ(replace_typographic(result), result) << "not the same again";
    return result;
}

TEST(Typography, PutsPlainCharactersInPlaceOfTypographicOnes) {
    EXPECT_EQ(replaced("It’s “fine” – really… «oui» ‚a‘ „b“"), "It's \"fine\" - really... \"oui\" 'a' \"b\"");
    EXPECT_EQ(replaced("• one\n‣ two\n⁃ three"), "* one\n* two\n- three");
    EXPECT_EQ(replaced("6′ 2″, −5 °C"), "6' 2\", -5 °C");
    EXPECT_EQ(replaced("e‐mail, 9‑5, a—b, c―d"), "e-mail, 9-5, a-b, c-d");
    EXPECT_EQ(replaced("ﬁnd the oﬃce"), "find the office");
    EXPECT_EQ(replaced("Hawaiʻi, O´Neil"), "Hawai'i, O'Neil");
}

TEST(Typography, MakesOneSpaceOfEachBlankAndALineEndOfEachOtherLineEnd) {
    EXPECT_EQ(replaced("10\u00A0mg\tat\u202F9\u2009h\u3000x"), "10 mg at 9 h x");
    EXPECT_EQ(replaced("a\u2028b\u2029c\u0085d\ve"), "a\nb\n\nc\nd\ne");
    EXPECT_EQ(replaced("  a \r\n b  "), "  a \r\n b  ") << "what is plain stays as it is";
}

TEST(Typography, TakesOutWhatHasNoWidth) {
    EXPECT_EQ(replaced("\uFEFFco\u00ADop\u200Be\u2060ra\u200Cti\u200Don\u200B"), "cooperation");
    EXPECT_EQ(replaced("“\u200B”"), "\"\"");
    EXPECT_EQ(replaced("\u200B"), "");
}

TEST(Typography, TakesMarksOfDirectionOutOfATextWithOneDirection) {
    EXPECT_EQ(replaced("call \u202A+1 312 555 0123\u202C\u200E"), "call +1 312 555 0123");
    EXPECT_EQ(replaced("שלום \u200Ea\u200E!"), "שלום \u200Ea\u200E!");
    EXPECT_EQ(replaced("مرحبا \u2067(a)\u2069"), "مرحبا \u2067(a)\u2069");
}

TEST(Typography, LeavesEmojiAlone) {
    for (const char* text : {"👩‍⚕️ 👍🏽 ❤️", "1️⃣ *️⃣ #️⃣", "👨‍👩‍👧",
                             "🏴‍☠️", "‼️ ™️", "©️"})
        EXPECT_EQ(replaced(text), text);
}

TEST(Typography, LeavesOtherScriptsAlone) {
    EXPECT_EQ(replaced("می\u200Cخواهم"), "می\u200Cخواهم");
    EXPECT_EQ(replaced("क\u094D\u200Dष"), "क\u094D\u200Dष");
    EXPECT_EQ(replaced("ภาษา\u200Bไทย"), "ภาษา\u200Bไทย");
    EXPECT_EQ(replaced("привет, 你好。「」 ελληνικά"), "привет, 你好。「」 ελληνικά");
}

TEST(Typography, LeavesCombiningSequencesAlone) {
    EXPECT_EQ(replaced("cafe\u0301"), "cafe\u0301");
    EXPECT_EQ(replaced("’\u0301 –\u20E3 \u00A0\u0301"), "’\u0301 –\u20E3 \u00A0\u0301");
    EXPECT_EQ(replaced("e\u0301\u200Bx"), "e\u0301\u200Bx");
}

TEST(Typography, LeavesWhatHasNoFaithfulSubstitute) {
    for (const char* text : {"`code`", "façade, está", "½ × ÷ ± ™ © ® № ‰ → ✓", "col·lecció", "① Ⅳ x² H₂O"}) {
        EXPECT_EQ(replaced(text), text);
    }
}

TEST(Typography, LeavesAllOfGsm7AndWhatIsNotUtf8AsItIs) {
    const std::string gsm =
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./09:;<=>?¡AZÄÖÑÜ§¿azäöñüà^{}\\[~]|€\f";
    EXPECT_EQ(replaced(gsm), gsm);
    EXPECT_EQ(replaced("\xFF’\xE2\x80 \xC3"), "\xFF'\xE2\x80 \xC3");
}

TEST(Typography, MakesRoomForMoreThanTwiceAsMuch) {
    const std::string text =
        "Don’t forget: tomorrow – Tuesday – at 9:00 we’ll meet “at the desk”… See you there, bye";
    EXPECT_EQ(count_segments(text).segments, 2u);
    const SegmentCount count = count_segments(replaced(text));
    EXPECT_EQ(count.encoding, SmsEncoding::gsm_7);
    EXPECT_EQ(count.segments, 1u);
}

TEST(Typography, TakesTimeInProportionToTheText) {
    const auto begin = std::chrono::steady_clock::now();
    for (const char* pattern : {"\u200B", "я\u200B", "…", "a\u0301", "\u200E"}) {
        std::string text;
        while (text.size() < (std::size_t{1} << 18)) text += pattern;
        replaced(text);
    }
    // Far from it now; what takes quadratic time takes longer by far.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace postrider
