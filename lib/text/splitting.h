#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// Cuts a text into parts of at most `units_max` UTF-16 code units. Throws std::invalid_argument for
/// what is not UTF-8.
std::vector<std::string> split_text(std::string_view utf8, std::size_t units_max);

}  // namespace postrider
