#include "lib/text/splitting.h"

#include "lib/text/utf8.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <sstream>

namespace postrider {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Parts = std::vector<std::string>;

/// The bytes of the white space at the start of `text`, or 0. Unicode's White_Space, by hand, so that the
/// code's own judgement is not what it is judged by.
std::size_t white_bytes(std::string_view text) {
    static const std::vector<std::string> white{
        "\t",     "\n",     "\v",     "\f",     "\r",     " ",      "\u0085", "\u00A0", "\u1680",
        "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
        "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};
    for (const std::string& one : white) {
        if (text.starts_with(one)) return one.size();
    }
    return 0;
}

std::string_view without_leading_white(std::string_view text) {
    while (const std::size_t bytes = white_bytes(text)) text.remove_prefix(bytes);
    return text;
}

bool is_blank(std::string_view text) { return without_leading_white(text).empty(); }

std::string normalised(const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && text.substr(i + 1, 1) == "\n") continue;
        result += text[i] == '\r' ? '\n' : text[i];
    }
    return result;
}

/// What must hold of the parts of any text that is not blank.
void expect_sound(const std::string& text, std::size_t units_max, const Parts& parts) {
    if (count_utf16_units(text) <= units_max) {
        EXPECT_EQ(parts, Parts{text});
        return;
    }
    const std::string whole = normalised(text);
    std::string_view rest = whole;
    for (const std::string& part : parts) {
        EXPECT_TRUE(is_utf8(part));
        EXPECT_LE(count_utf16_units(part), units_max);
        EXPECT_FALSE(is_blank(part));
        rest = without_leading_white(rest);
        const std::string_view words = without_leading_white(part);
        ASSERT_TRUE(rest.starts_with(words)) << "something but white space was lost, added or moved";
        rest.remove_prefix(words.size());
    }
    EXPECT_TRUE(is_blank(rest));
}

Parts split(const std::string& text, std::size_t units_max) {
    Parts parts = split_text(text, units_max);
    expect_sound(text, units_max, parts);
    return parts;
}

std::vector<std::size_t> sizes(const Parts& parts) {
    std::vector<std::size_t> sizes;
    for (const std::string& part : parts) sizes.push_back(count_utf16_units(part));
    return sizes;
}

std::string times(int count, const std::string& text) {
    std::string repeated;
    for (int i = 0; i < count; ++i) repeated += text;
    return repeated;
}

boost::json::array vectors() {
    std::ifstream file(POSTRIDER_SOURCE_DIR "/tests/vectors/splitting.json");
    std::ostringstream content;
    content << file.rdbuf();
    return boost::json::parse(content.str()).at("cases").as_array();
}

TEST(Splitting, KeepsWhatTheVectorsAskFor) {
    for (const boost::json::value& entry : vectors()) {
        SCOPED_TRACE(entry.at("id").as_string());
        const std::string text(entry.at("text").as_string());
        // Their measure is in bytes, with a byte-order mark.
        const auto units_max =
            (static_cast<std::size_t>(entry.at("max_utf16_bytes_with_bom").as_int64()) - 2) / 2;
        const auto parts_min = static_cast<std::size_t>(entry.at("min_bundles").as_int64());
        EXPECT_EQ(count_utf16_units(text), static_cast<std::size_t>(entry.at("utf16_units").as_int64()));
        const Parts parts = split(text, units_max);
        EXPECT_GE(parts.size(), parts_min);
        // Of "small-limit" hardly two words go into one part.
        EXPECT_LE(parts.size(), parts_min + (entry.at("id") == "small-limit" ? 2 : 1));
        EXPECT_EQ(split_text(text, units_max), parts) << "not the same again";
        const auto* const period = entry.as_object().if_contains("grapheme_period");
        if (!period) continue;
        std::vector<std::string> characters;
        for (const auto& character : period->as_array()) characters.emplace_back(character.as_string());
        std::size_t next = 0;
        for (const std::string& part : parts) {
            std::string_view rest = part;
            for (; !rest.empty(); next = (next + 1) % characters.size()) {
                ASSERT_TRUE(rest.starts_with(characters[next])) << "a character was cut";
                rest.remove_prefix(characters[next].size());
            }
        }
    }
}

TEST(Splitting, LeavesWhatFitsAsItIs) {
    for (const std::string text : {"", " \r\n ", "Hi\r\n\r\nyou ", "😀"}) {
        EXPECT_THAT(split_text(text, 12), ElementsAre(text));
    }
}

TEST(Splitting, CutsAtTheBestPlaceThereIs) {
    EXPECT_THAT(split("One. Two\nthree.\n\nFour. Five", 17), ElementsAre("One. Two\nthree.", "Four. Five"));
    EXPECT_THAT(split("One. Two\nthree. Four", 15), ElementsAre("One. Two", "three. Four"));
    EXPECT_THAT(split("One two. Three four", 15), ElementsAre("One two.", "Three four"));
    EXPECT_THAT(split("One two three four", 15), ElementsAre("One two", "three four"));
    EXPECT_THAT(split("Onetwothreefour", 10), ElementsAre("Onetwoth", "reefour"));
}

TEST(Splitting, TearsApartOnlyWhatDoesNotFit) {
    const std::string lines = "A first line.\nA second line.";
    EXPECT_THAT(split("Short\n\n" + lines + "\n\nShort too", 30), ElementsAre("Short", lines, "Short too"));
    EXPECT_THAT(split("aa bb " + std::string(30, 'x') + " cc", 20),
                ElementsAre("aa bb " + std::string(14, 'x'), std::string(16, 'x') + " cc"))
        << "only the long word is cut";
}

TEST(Splitting, MakesPartsOfAboutEqualLength) {
    EXPECT_THAT(sizes(split(std::string(3201, 'x'), 1600)), ElementsAre(1067, 1067, 1067));
    const auto lengths = sizes(split(times(400, "word "), 1600));
    EXPECT_THAT(lengths, SizeIs(2));
    EXPECT_THAT(lengths, Each(::testing::Ge(990u)));
}

TEST(Splitting, MakesNoMorePartsThanAreNeeded) {
    EXPECT_THAT(split(times(320, "123456789 "), 1600), SizeIs(2));
    EXPECT_THAT(split(std::string(3200, 'x'), 1600),
                ElementsAre(std::string(1600, 'x'), std::string(1600, 'x')));
    EXPECT_THAT(split(std::string(1600, 'x') + times(20, " "), 1600), SizeIs(1)) << "white space can go";
    EXPECT_THAT(split(times(20, " ") + std::string(1600, 'x'), 1600), SizeIs(1));
    EXPECT_THAT(split(std::string(1597, 'x') + "\r\nyz", 1600), ElementsAre(std::string(1597, 'x') + "\nyz"));
}

TEST(Splitting, KeepsTheTextsOwnEnds) {
    EXPECT_THAT(split("  - one two\n  - three  ", 14), ElementsAre("  - one two", "- three  "));
}

TEST(Splitting, KnowsWhereSentencesEnd) {
    EXPECT_THAT(split("I saw Dr. Who there. She left", 25), ElementsAre("I saw Dr. Who there.", "She left"));
    EXPECT_THAT(split("Meet J. Doe e.g. Tuesday. Or not", 28),
                ElementsAre("Meet J. Doe e.g. Tuesday.", "Or not"));
    EXPECT_THAT(split("He asked \"Why?\" Because we left it", 28),
                ElementsAre("He asked \"Why?\"", "Because we left it"));
    EXPECT_THAT(split("Well… Perhaps we may go", 17), ElementsAre("Well…", "Perhaps we may go"));
    EXPECT_THAT(split("क्या आप आएंगे। हम यहाँ हैं", 20), ElementsAre("क्या आप आएंगे।", "हम यहाँ हैं"));
    EXPECT_THAT(split("今天下雨。」我们明天再去公园吧", 12),
                ElementsAre("今天下雨。」", "我们明天再去公园吧"));
}

TEST(Splitting, KeepsTogetherWhatANoBreakSpaceJoins) {
    EXPECT_THAT(split("take 10\u00A0mg twice", 13), ElementsAre("take 10\u00A0mg", "twice"));
    EXPECT_THAT(split("one 10\u00A0mg", 7), ElementsAre("one", "10\u00A0mg"));
}

TEST(Splitting, DoesNotCutAWebAddressThatFits) {
    const std::string address = "https://example.org/a/long/path?with=query&and=more#part";
    for (const std::string& before :
         {std::string(), std::string("see "), times(70, "x"), times(40, "您好。")}) {
        for (const std::string& after :
             {std::string(), std::string(" now"), std::string(")."), times(30, "您好")}) {
            const Parts parts = split(before + address + after + times(20, " and so on"), 100);
            EXPECT_TRUE(
                std::any_of(parts.begin(), parts.end(),
                            [&](const std::string& part) { return part.find(address) != std::string::npos; }))
                << before << address << after;
        }
    }
    EXPECT_THAT(split(times(9, "x") + "http://" + times(13, "a") + "!", 20),
                ElementsAre(times(9, "x"), "http://" + times(13, "a"), "!"))
        << "one that just fits";
}

TEST(Splitting, CutsAWebAddressThatDoesNotFitLikeAnyWord) {
    EXPECT_THAT(split("http://" + times(34, "a"), 21), SizeIs(2));
}

TEST(Splitting, CutsACharacterOnlyWhereItAloneIsTooLong) {
    const std::string family = "👩‍👩‍👧‍👦";  // 11 units
    EXPECT_THAT(split(times(3, family), 12), ElementsAre(family, family, family));
    EXPECT_THAT(split(times(3, family), 22), SizeIs(2));
    EXPECT_THAT(split("ab" + family, 10), SizeIs(2));
    const std::string stacked = "e" + times(50, "\u0301");
    EXPECT_THAT(sizes(split(stacked, 20)), ElementsAre(17, 17, 17));
    EXPECT_THAT(split("🇦🇹🇩🇪", 4), ElementsAre("🇦🇹", "🇩🇪"));
    EXPECT_THAT(split("😀😀", 3), ElementsAre("😀", "😀"));
    EXPECT_THAT(split("😀😀", 2), ElementsAre("😀", "😀"));
}

TEST(Splitting, SplitsALongMessageWithEmojiAndAnEndlessWord) {
    const std::string text = times(100, "Nicht vergessen 👍🏽! ") + times(1200, "x") + "\n\n" +
                             times(20, "Bis bald 👩‍👩‍👧‍👦. ");
    ASSERT_GE(count_code_points(text), 3000u);
    const Parts parts = split(text, 1600);
    EXPECT_THAT(parts, ElementsAre(HasSubstr("Nicht"), HasSubstr("Nicht"), HasSubstr(times(1200, "x")),
                                   HasSubstr("bald")))
        << "the word is whole";
    EXPECT_THAT(split(text, 800), SizeIs(::testing::Le(6)));
}

TEST(Splitting, CutsABlankTextToSize) {
    EXPECT_THAT(split_text(times(30, " \n"), 20), ElementsAre(times(10, " \n")));
    EXPECT_THAT(split_text(times(30, "\u3000"), 20), ElementsAre(times(20, "\u3000")));
}

TEST(Splitting, RefusesWhatIsNotUtf8AndALimitThatCannotBeKept) {
    for (const char* text : {"\xC3", "a\xED\xA0\x80z", "\xF4\x90\x80\x80", "\xC0\xAF"}) {
        EXPECT_THROW(split_text(text, 2), std::invalid_argument);
        EXPECT_THROW(split_text(text, 100), std::invalid_argument);
    }
    EXPECT_THROW(split_text("ab", 1), std::invalid_argument);
    EXPECT_THROW(split_text("", 0), std::invalid_argument);
}

TEST(Splitting, TakesTextsOfAnyMakeUp) {
    const Parts atoms{" ",  "  ",     "\n",     "\r\n",         "\n\n",   "a", "Bc",       ". ",
                      "。", "!",      "\u00A0", "\u0301",       "\u200D", "👩", "👍🏽", "🇦",
                      "ई",  "\u0600", "하",     "http://x.y/z", ")",      "“", "\t",       "word",
                      "-",  "\u2028", "\u3000", "\uFEFF",       "1.2",    "각"};
    std::mt19937 random(20260203);  // the same texts in every run
    for (int round = 0; round < 3000; ++round) {
        std::string text = "x";  // never blank
        for (auto length = random() % 60; length > 0; --length) text += atoms[random() % atoms.size()];
        const std::size_t units_max = 2 + random() % 20;
        SCOPED_TRACE(::testing::PrintToString(text) + " by " + std::to_string(units_max));
        split(text, units_max);
        if (HasFailure()) break;
    }
}

TEST(Splitting, TakesTimeInProportionToTheText) {
    const auto begin = std::chrono::steady_clock::now();
    for (const std::string& pattern : Parts{"word ", "x", "A sentence. ", "\n", "👩‍👩‍👧‍👦",
                                            "\u0301", ". 1", "http://a<", "(((", "您好。」", " )", "🇦"}) {
        std::string text = "x";
        while (text.size() + pattern.size() < (std::size_t{1} << 19)) text += pattern;
        for (const std::size_t units_max : {9, 100000}) {
            const Parts parts = split_text(text, units_max);
            EXPECT_FALSE(parts.empty());
        }
    }
    // Far from it now; what takes quadratic time takes longer by far.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace postrider
