#include "lib/text/typography.h"

#include "lib/text/segments.h"
#include "lib/text/utf8.h"

#include <unicode/uchar.h>

#include <optional>
#include <utility>
#include <vector>

namespace postrider {

namespace {

struct Substitution {
    std::u32string_view characters;
    std::string_view by;
};

constexpr Substitution substitutions[] = {
    {U"\u2018\u2019\u201A\u201B\u2039\u203A\u2032\u2035\u00B4\u02B9\u02BB\u02BC\u275B\u275C", "'"},
    {U"\u201C\u201D\u201E\u201F\u00AB\u00BB\u2033\u2036\u02BA\u275D\u275E", "\""},
    {U"\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\uFE58\uFE63", "-"},
    {U"\u2022\u2023\u2219\u25E6", "*"},
    {U"\t\u00A0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u202F\u205F\u3000", " "},
    {U"\v\u0085\u2028", "\n"},
    {U"\u2029", "\n\n"},
    {U"\u2026", "..."},
    {U"\u2025", ".."},
    {U"\u2024", "."},
    {U"\u2044", "/"},
    {U"\uFB00", "ff"},
    {U"\uFB01", "fi"},
    {U"\uFB02", "fl"},
    {U"\uFB03", "ffi"},
    {U"\uFB04", "ffl"},
    {U"\uFB06", "st"},
};

/// Soft hyphen, spaces and joiners without width, invisible operators, byte-order mark.
constexpr std::u32string_view without_width = U"\u00AD\u200B\u200C\u200D\u2060\u2061\u2062\u2063\u2064\uFEFF";
constexpr std::u32string_view direction_marks =
    U"\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069";

std::optional<std::string_view> substitute_of(char32_t c) {
    for (const Substitution& each : substitutions) {
        if (each.characters.find(c) != std::u32string_view::npos) return each.by;
    }
    return std::nullopt;
}

bool is_in(std::u32string_view set, char32_t c) { return set.find(c) != std::u32string_view::npos; }

/// The selectors of emoji are marks too.
bool is_combining(char32_t c) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_M_MASK) != 0; }

bool is_written_from_right_to_left(char32_t c) {
    if (is_in(direction_marks, c)) return false;  // though they have the direction
    const auto direction = u_charDirection(static_cast<UChar32>(c));
    return direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC ||
           direction == U_ARABIC_NUMBER;
}

/// A character, and the bytes that it is written in.
struct Character {
    char32_t code_point;
    std::string_view bytes;
};

class Replacer {
public:
    explicit Replacer(std::string_view utf8) {
        while (!utf8.empty()) {
            const std::string_view before = utf8;
            const char32_t c = take_code_point(utf8);
            characters_.push_back({c, before.substr(0, before.size() - utf8.size())});
            right_to_left_ = right_to_left_ || is_written_from_right_to_left(c);
        }
    }

    std::string run() {
        for (std::size_t i = 0; i < characters_.size();) {
            i = is_invisible(i) ? take_invisible(i) : take_visible(i);
        }
        return std::move(result_);
    }

private:
    bool is_invisible(std::size_t i) const {
        const char32_t c = characters_[i].code_point;
        return is_in(without_width, c) || (is_in(direction_marks, c) && !right_to_left_);
    }

    /// In GSM-7 as it is or by its substitute.
    bool is_plain(std::size_t i) const {
        const Character& character = characters_[i];
        return substitute_of(character.code_point) ||
               count_segments(character.bytes).encoding == SmsEncoding::gsm_7;
    }

    /// All without width that stands together: it goes where it is between plain characters.
    std::size_t take_invisible(std::size_t begin) {
        std::size_t end = begin + 1;
        while (end < characters_.size() && is_invisible(end)) ++end;
        const bool between_plain =
            (begin == 0 || is_plain(begin - 1)) && (end == characters_.size() || is_plain(end));
        for (std::size_t i = begin; i < end && !between_plain; ++i) result_ += characters_[i].bytes;
        return end;
    }

    std::size_t take_visible(std::size_t i) {
        const bool combines = i + 1 < characters_.size() && is_combining(characters_[i + 1].code_point);
        const auto substitute = substitute_of(characters_[i].code_point);
        result_ += substitute && !combines ? *substitute : characters_[i].bytes;
        return i + 1;
    }

    std::vector<Character> characters_;
    bool right_to_left_ = false;
    std::string result_;
};

}  // namespace

std::string replace_typographic(std::string_view utf8) { return Replacer(utf8).run(); }

}  // namespace postrider
