#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postrider {

/// Well-formed by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// What moves a cursor, ends a line or a text, or begins another header (ASCII's C0 and DEL).
inline bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool has_controls(std::string_view text);

/// As a database or a log can keep it: where `text` has broken UTF-8 or a zero byte, all that is
/// not ASCII becomes `?`.
std::string storable(std::string text);

/// Takes the first code point off `rest`, which is not empty. A byte that begins no well-formed sequence
/// comes alone, as U+FFFD.
char32_t take_code_point(std::string_view& rest);

/// Appends `code_point`, which is no surrogate.
void append_utf8(std::string& text, char32_t code_point);

/// Code points of well-formed UTF-8.
std::size_t count_code_points(std::string_view text);

/// UTF-16 code units that well-formed UTF-8 comes to: what providers count a text by.
std::size_t count_utf16_units(std::string_view text);

}  // namespace postrider
