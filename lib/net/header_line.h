#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace postrider {

/// ASCII letters only, whatever the locale: what header names are compared by.
std::string lower_case(std::string_view text);

/// Name in lower case and value without the space around it, from a line such as `Date: …` with or without
/// its end; nullopt for a line without a colon.
std::optional<std::pair<std::string, std::string>> parse_header_line(std::string_view line);

}  // namespace postrider
