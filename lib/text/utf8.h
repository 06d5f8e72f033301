#pragma once

#include <cstddef>
#include <string_view>

namespace postrider {

/// Well-formed by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// Code points of well-formed UTF-8.
std::size_t count_code_points(std::string_view text);

}  // namespace postrider
