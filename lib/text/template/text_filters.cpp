#include "lib/text/template/filter.h"
#include "lib/text/template/letter_case.h"
#include "lib/text/template/python_text.h"
#include "lib/text/template/words.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

// Filters that make another text of a text.
namespace postrider::templates {

namespace {

using Argument = Filter::Argument;
using Safety = Filter::Safety;

bool is_ascii_upper(char32_t c) { return c >= 'A' && c <= 'Z'; }
bool is_ascii_lower(char32_t c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }

/// In lower case also what follows a digit or, in a word, an apostrophe: `1st`, `Don't`.
Value title(const FilterInput& input) {
    std::u32string text = to_code_points(to_title(input.text()));
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (!is_ascii_upper(text[i])) continue;
        const bool after_apostrophe = text[i - 1] == '\'' && i > 1 && is_ascii_lower(text[i - 2]);
        if (after_apostrophe || is_digit(text[i - 1])) text[i] += 'a' - 'A';
    }
    return to_utf8(text);
}

Value capfirst(const FilterInput& input) {
    const std::u32string text = to_code_points(input.text());
    if (text.empty()) return "";
    const std::u32string_view rest = text;
    return to_upper(to_utf8(rest.substr(0, 1))) + to_utf8(rest.substr(1));
}

Value cut(const FilterInput& input) {
    std::string text = input.text();
    const std::string what = input.argument_text();
    if (what.empty()) return text;
    std::string result;
    std::size_t begin = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, begin)) {
        result.append(text, begin, at - begin);
        begin = at + what.size();
    }
    return result.append(text, begin);
}

Value wordcount(const FilterInput& input) {
    return static_cast<std::int64_t>(split_at_space(input.text()).size());
}

Value urlencode(const FilterInput& input) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const std::string kept = input.argument() ? input.argument_text() : "/";
    std::string encoded;
    for (const char c : input.text()) {
        const auto byte = static_cast<unsigned char>(c);
        const bool unreserved = byte < 0x80 && (is_word_character(byte) || c == '.' || c == '-' || c == '~');
        if (unreserved || (byte < 0x80 && kept.find(c) != std::string::npos)) {
            encoded += c;
        } else {
            encoded += {'%', digits[byte >> 4], digits[byte & 15]};
        }
    }
    return encoded;
}

/// `%` with flags, width, precision and a letter, and text after it.
struct PrintfFormat {
    std::string flags;
    std::size_t width = 0;
    std::optional<std::size_t> precision;
    char letter = 0;
    std::string_view rest;
};

std::size_t take_digits(std::string_view& text) {
    std::size_t number = 0;
    while (!text.empty() && is_digit(static_cast<unsigned char>(text.front()))) {
        number = std::min<std::size_t>(number * 10 + static_cast<std::size_t>(text.front() - '0'), 1 << 30);
        text.remove_prefix(1);
    }
    return number;
}

std::optional<PrintfFormat> read_format(std::string_view text) {
    PrintfFormat format;
    const std::size_t flags = std::min(text.find_first_not_of("-+ 0#"), text.size());
    format.flags = text.substr(0, flags);
    text.remove_prefix(flags);
    format.width = take_digits(text);
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        format.precision = take_digits(text);
    }
    if (text.empty()) return std::nullopt;
    format.letter = text.front();
    format.rest = text.substr(1);
    return format;
}

std::string print_text(const PrintfFormat& format, const std::string& text) {
    std::u32string characters = to_code_points(text);
    if (format.precision && *format.precision < characters.size()) characters.resize(*format.precision);
    if (characters.size() < format.width) {
        const bool left = format.flags.find('-') != std::string::npos;
        characters.insert(left ? characters.size() : 0, format.width - characters.size(), U' ');
    }
    return to_utf8(characters);
}

template <class Number>
std::string print_number(const PrintfFormat& format, const std::string& conversion, Number number) {
    const std::string precision = format.precision ? "." + std::to_string(*format.precision) : "";
    const std::string width = format.width > 0 ? std::to_string(format.width) : "";
    const std::string pattern = "%" + format.flags + width + precision + conversion;
    const int length = std::snprintf(nullptr, 0, pattern.c_str(), number);
    std::string text(static_cast<std::size_t>(length), '\0');
    std::snprintf(text.data(), text.size() + 1, pattern.c_str(), number);
    return text;
}

/// Empty for what Python refuses, as in Django.
Value stringformat(const FilterInput& input) {
    const std::string argument = input.argument_text();
    const auto format = read_format(argument);
    if (!format || format->rest.find('%') != std::string_view::npos) return "";
    input.scope().check_length(format->width + format->precision.value_or(0));
    const Value& value = input.value();
    std::string text;
    switch (format->letter) {
        case 's': text = print_text(*format, input.text()); break;
        case 'r': text = print_text(*format, python_text(value)); break;
        case 'd':
        case 'i':
        case 'u': {
            const auto number = value.to_int();
            if (!number && value.as<double>()) input.refuse("is given too large a number");
            if (!number || value.as_text()) return "";
            text = print_number(*format, "lld", static_cast<long long>(*number));
            break;
        }
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G': {
            const auto number = value.to_float();
            if (!number || value.as_text()) return "";
            text = print_number(*format, std::string(1, format->letter), *number);
            break;
        }
        case 'a':
        case 'c':
        case 'o':
        case 'x':
        case 'X': input.refuse("has a format that is not supported");
        default: return "";
    }
    return text.append(format->rest);
}

constexpr std::array filters{
    Filter{"upper", Argument::none, Safety::lost,
           [](const FilterInput& i) { return Value(to_upper(i.text())); }},
    Filter{"lower", Argument::none, Safety::kept,
           [](const FilterInput& i) { return Value(to_lower(i.text())); }},
    Filter{"title", Argument::none, Safety::kept, title},
    Filter{"capfirst", Argument::none, Safety::kept, capfirst},
    Filter{"cut", Argument::required, Safety::kept, cut},
    Filter{"wordcount", Argument::none, Safety::lost, wordcount},
    Filter{"urlencode", Argument::optional, Safety::lost, urlencode},
    Filter{"stringformat", Argument::required, Safety::kept, stringformat},
};

}  // namespace

std::span<const Filter> text_filters() { return filters; }

}  // namespace postrider::templates
