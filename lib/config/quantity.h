#pragma once

#include "lib/model/channel.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How settings write quantities. Pure: text in, value out, nothing for what is no such quantity.
namespace postrider {

/// `250ms`, `2s`, `10m`, `24h`, `5d`: digits and one unit.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// As `parse_duration` reads it, in the largest unit that leaves no rest.
std::string format_duration(std::chrono::milliseconds duration);

/// `10/s`, `600/min`, `100/h`, `0.5/s`: more than 0 and at most a million for each second.
std::optional<Rate> parse_rate(std::string_view text);

/// `true`, `yes`, `on` and their opposites, in lower case, upper case or with a capital.
std::optional<bool> parse_flag(std::string_view text);

/// Decimal digits, with a `-` if need be; no other base, since `010` is ten to most who write it.
std::optional<std::int64_t> parse_integer(std::string_view text);

}  // namespace postrider
