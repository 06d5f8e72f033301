#include "lib/config/quantity.h"

#include <array>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

namespace postrider {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double messages_per_second_max = 1e6;

// Largest first, as format_duration wants them.
constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

std::optional<std::int64_t> parse_count(std::string_view digits) {
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    return parse_integer(digits);
}

std::optional<seconds> parse_period(std::string_view text) {
    if (text == "s" || text == "sec" || text == "second") return seconds{1};
    if (text == "m" || text == "min" || text == "minute") return seconds{60};
    if (text == "h" || text == "hour") return seconds{3600};
    return std::nullopt;
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
    const std::size_t end = text.find_first_not_of("0123456789");
    if (end == std::string_view::npos) return std::nullopt;
    const auto count = parse_count(text.substr(0, end));
    if (!count) return std::nullopt;
    for (const auto& [unit, factor] : duration_units) {
        if (text.substr(end) != unit) continue;
        if (*count > std::numeric_limits<std::int64_t>::max() / factor) return std::nullopt;
        return milliseconds{*count * factor};
    }
    return std::nullopt;
}

std::string format_duration(milliseconds duration) {
    if (duration.count() == 0) return "0s";
    for (const auto& [unit, factor] : duration_units) {
        if (duration.count() % factor == 0) return std::to_string(duration.count() / factor).append(unit);
    }
    return {};
}

std::optional<Rate> parse_rate(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view count = text.substr(0, slash);
    const auto period = parse_period(text.substr(slash + 1));
    if (!period || count.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
    Rate rate{0, *period};
    const char* end = count.data() + count.size();
    const auto read = std::from_chars(count.data(), end, rate.messages, std::chars_format::fixed);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    if (!(rate.messages > 0) || rate.per_second() > messages_per_second_max) return std::nullopt;
    return rate;
}

std::optional<bool> parse_flag(std::string_view text) {
    for (std::string_view word : {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}) {
        if (text == word) return true;
    }
    for (std::string_view word : {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}) {
        if (text == word) return false;
    }
    return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return value;
}

}  // namespace postrider
