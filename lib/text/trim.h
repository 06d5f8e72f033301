#pragma once

#include <string_view>

namespace postrider {

/// Without ASCII white space at either end.
inline std::string_view without_outer_space(std::string_view text) {
    constexpr std::string_view white_space = " \t\r\n\f\v";
    const auto begin = text.find_first_not_of(white_space);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(white_space) - begin + 1);
}

}  // namespace postrider
