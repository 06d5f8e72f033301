#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postrider {

/// Well-formed by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// As a database or a log can keep it: where `text` has broken UTF-8 or a zero byte, all that is
/// not ASCII becomes `?`.
std::string storable(std::string text);

/// Code points of well-formed UTF-8.
std::size_t count_code_points(std::string_view text);

/// UTF-16 code units that well-formed UTF-8 comes to: what providers count a text by.
std::size_t count_utf16_units(std::string_view text);

}  // namespace postrider
