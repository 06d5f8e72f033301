#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// The web addresses in a text that stand by themselves, between white space, as the Django package finds
/// them, but without punctuation at their end: each once, in their order.
std::vector<std::string> find_links(std::string_view text);

/// The text with those of its links that `short_of` has by the others. Nothing else changes, and no link is
/// taken for the beginning of another.
std::string replace_links(std::string_view text, const std::map<std::string, std::string>& short_of);

}  // namespace postrider
