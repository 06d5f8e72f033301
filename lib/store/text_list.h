#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// Texts as a column has them: a JSON list.
std::string to_text_list(const std::vector<std::string>& texts);
/// What is no text, or no list, is left out.
std::vector<std::string> read_text_list(std::string_view json);

}  // namespace postrider
