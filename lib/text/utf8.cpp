#include "lib/text/utf8.h"

#include <algorithm>

namespace postrider {

namespace {

bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

/// Length of the well-formed sequence at the start of `text` (RFC 3629, section 4), or 0.
std::size_t sequence_length(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = at(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                               : (first & 0xF0) == 0xE0         ? 3
                               : first >= 0xF0 && first <= 0xF4 ? 4
                                                                : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(at(i))) return 0;
    }
    if ((first == 0xE0 && at(1) < 0xA0) || (first == 0xED && at(1) > 0x9F)) return 0;  // overlong, surrogate
    if ((first == 0xF0 && at(1) < 0x90) || (first == 0xF4 && at(1) > 0x8F)) return 0;  // overlong, too high
    return length;
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

bool has_controls(std::string_view text) { return std::any_of(text.begin(), text.end(), is_control); }

std::string storable(std::string text) {
    if (is_utf8(text) && text.find('\0') == std::string::npos) return text;
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c == 0 || c >= 0x80; }, '?');
    return text;
}

char32_t take_code_point(std::string_view& rest) {
    constexpr char32_t replacement = 0xFFFD;
    const std::size_t length = sequence_length(rest);
    const auto first = static_cast<unsigned char>(rest[0]);
    char32_t code_point = length == 0 ? replacement : length == 1 ? first : first & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        code_point = (code_point << 6) | (static_cast<unsigned char>(rest[i]) & 0x3Fu);
    }
    rest.remove_prefix(length == 0 ? 1 : length);
    return code_point;
}

void append_utf8(std::string& text, char32_t code_point) {
    const auto add = [&](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
    const auto add_continuation = [&](int shift) { add(0x80 | ((code_point >> shift) & 0x3F)); };
    if (code_point < 0x80) {
        add(code_point);
    } else if (code_point < 0x800) {
        add(0xC0 | (code_point >> 6));
        add_continuation(0);
    } else if (code_point < 0x10000) {
        add(0xE0 | (code_point >> 12));
        add_continuation(6);
        add_continuation(0);
    } else {
        add(0xF0 | (code_point >> 18));
        add_continuation(12);
        add_continuation(6);
        add_continuation(0);
    }
}

std::size_t count_code_points(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return !is_continuation(static_cast<unsigned char>(c)); }));
}

std::size_t count_utf16_units(std::string_view text) {
    const auto of_two_units =
        std::count_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xF0; });
    return count_code_points(text) + static_cast<std::size_t>(of_two_units);
}

}  // namespace postrider
