#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// The candidate that `word` was most likely meant to be, or nothing when none is near. Case and
/// `-` for `_` do not count as differences; of equals, the first.
std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace postrider
