#include "lib/net/internet_date.h"

#include <algorithm>
#include <array>

namespace postrider {

namespace {

using std::chrono::minutes;

/// Digits only: no sign, no space.
std::optional<int> number(std::string_view digits) {
    int value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        value = 10 * value + (c - '0');
    }
    return value;
}

std::optional<unsigned> month(std::string_view name) {
    static constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<unsigned>(found - names.begin()) + 1;
}

/// How far ahead of UTC the clock is that was read.
std::optional<minutes> offset(std::string_view zone) {
    if (zone == "GMT") return minutes{0};
    if (zone.size() != 5 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
    const auto hours_ahead = number(zone.substr(1, 2));
    const auto minutes_ahead = number(zone.substr(3, 2));
    if (!hours_ahead || !minutes_ahead || *minutes_ahead > 59) return std::nullopt;
    const minutes ahead = std::chrono::hours(*hours_ahead) + minutes(*minutes_ahead);
    return zone[0] == '-' ? -ahead : ahead;
}

}  // namespace

std::optional<TimePoint> internet_date(std::string_view text) {
    // "Sun, 06 Nov 1994 08:49:37 " and the zone
    constexpr std::size_t zone_at = 26;
    if (text.size() <= zone_at || text.substr(3, 2) != ", ") return std::nullopt;
    for (const std::size_t space : {7, 11, 16, 25}) {
        if (text[space] != ' ') return std::nullopt;
    }
    if (text[19] != ':' || text[22] != ':') return std::nullopt;
    const auto day_number = number(text.substr(5, 2));
    const auto month_number = month(text.substr(8, 3));
    const auto year_number = number(text.substr(12, 4));
    const auto hour = number(text.substr(17, 2));
    const auto minute = number(text.substr(20, 2));
    const auto second = number(text.substr(23, 2));
    const auto ahead = offset(text.substr(zone_at));
    if (!day_number || !month_number || !year_number || !hour || !minute || !second || !ahead) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(*year_number), std::chrono::month(*month_number),
                                           std::chrono::day(static_cast<unsigned>(*day_number))};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + minutes(*minute) +
           std::chrono::seconds(*second) - *ahead;
}

}  // namespace postrider
