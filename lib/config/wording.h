#pragma once

#include <string>
#include <string_view>
#include <vector>

/// How problems speak of what a file holds.
namespace postrider {

/// `text` in quotation marks, cut and made harmless for a line of a log or a terminal.
std::string shown(std::string_view text);

/// `live, hold, only`
std::string listed(const std::vector<std::string>& names);

/// `"sm" is not a channel (did you mean sms?) (there are: mail, sms)`
std::string not_one_of(std::string_view name, std::string_view what, const std::vector<std::string>& names);

}  // namespace postrider
