#include "lib/text/phone_number.h"

#include "lib/text/utf8.h"

#include <phonenumbers/phonenumberutil.h>
#include <unicode/uchar.h>

#include <algorithm>

namespace postrider {

namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t spelled_max = 100;  // bytes; nobody writes more around 15 digits
constexpr std::size_t digits_min = 7;     // fewer are a short code, or a number within a town
constexpr std::size_t digits_max = 15;    // E.164 § 6
constexpr std::size_t dialled_max = 25;   // with what is dialled before them

const PhoneNumberUtil& library() { return *PhoneNumberUtil::GetInstance(); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

/// What stands between digits and says nothing: in a text that is copied from an address book, also marks
/// that nobody sees.
bool is_filling(char32_t c) {
    constexpr std::u32string_view others = U"\t./\uFF0E\uFF0F\u2212";
    if (others.find(c) != std::u32string_view::npos) return true;
    switch (u_charType(static_cast<UChar32>(c))) {
        case U_DASH_PUNCTUATION:
        case U_SPACE_SEPARATOR:
        case U_FORMAT_CHAR: return true;
        default: return false;
    }
}

/// The digits of a number, and what else of its spelling says something.
struct Dialled {
    bool international = false;  ///< begins with a plus
    bool optional_zero = false;  ///< `(0)`: dialled within the country only, or in Italy always
    std::string digits;
};

std::optional<Dialled> read(std::string_view spelled) {
    if (spelled.size() > spelled_max || !is_utf8(spelled)) return std::nullopt;
    Dialled number;
    std::string brackets;  // what stands in the last ones
    bool inside = false;
    while (!spelled.empty()) {
        const char32_t c = take_code_point(spelled);
        const int digit = u_charDigitValue(static_cast<UChar32>(c));
        if (digit >= 0) {
            number.digits += static_cast<char>('0' + digit);
            if (inside) brackets += number.digits.back();
        } else if (c == U'+' || c == U'\uFF0B') {
            if (number.international || !number.digits.empty()) return std::nullopt;
            number.international = true;
        } else if (c == U'(' || c == U'\uFF08') {
            inside = true;
            brackets.clear();
        } else if (c == U')' || c == U'\uFF09') {
            inside = false;
            number.optional_zero |= brackets == "0";
        } else if (!is_filling(c)) {
            return std::nullopt;
        }
    }
    return number;
}

/// With the library's knowledge of each country: what is dialled there before a number, and how long it is.
std::optional<std::string> look_up(const Dialled& dialled, std::string_view region) {
    PhoneNumber number;
    const std::string text = (dialled.international ? "+" : "") + dialled.digits;
    if (library().Parse(text, std::string(region), &number) != PhoneNumberUtil::NO_PARSING_ERROR)
        return std::nullopt;
    // Not whether it is in use: new ones are, and the library's lists are as old as its package.
    if (library().IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE) return std::nullopt;
    std::string written;
    library().Format(number, PhoneNumberUtil::E164, &written);
    // To the library, some countries' numbers may be longer.
    if (written.size() > 1 + digits_max) return std::nullopt;
    return written;
}

}  // namespace

bool is_phone_region(std::string_view region) {
    std::set<std::string> regions;
    library().GetSupportedRegions(&regions);
    return regions.contains(std::string(region));
}

std::optional<std::string> e164(std::string_view number, std::string_view region) {
    const auto dialled = read(number);
    if (!dialled || dialled->digits.size() < digits_min || dialled->digits.size() > dialled_max)
        return std::nullopt;
    if (!dialled->international || dialled->optional_zero) return look_up(*dialled, region);
    if (dialled->digits.size() > digits_max || dialled->digits.front() == '0') return std::nullopt;
    return '+' + dialled->digits;
}

std::string without_spelling(std::string_view address, std::string_view region) {
    const bool plain = address.starts_with('+') && all_digits(address.substr(1));
    if (plain || address.size() > spelled_max) return std::string(address);
    const std::size_t colon = address.find(':');
    const std::size_t start = colon == std::string_view::npos ? 0 : colon + 1;
    if (start > 0 && !address.substr(start).starts_with('+')) return std::string(address);
    const auto number = e164(address.substr(start), region);
    return number ? std::string(address.substr(0, start)) + *number : std::string(address);
}

}  // namespace postrider
