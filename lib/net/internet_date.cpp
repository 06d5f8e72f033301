#include "lib/net/internet_date.h"

#include <fmt/format.h>

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

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

std::optional<unsigned> month(std::string_view name) {
    const auto found = std::find(months.begin(), months.end(), name);
    if (found == months.end()) return std::nullopt;
    return static_cast<unsigned>(found - months.begin()) + 1;
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

std::string to_internet_date(TimePoint moment) {
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(moment - day));
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                       weekdays.at(std::chrono::weekday(day).c_encoding()), unsigned{date.day()},
                       months.at(unsigned{date.month()} - 1), int{date.year()}, time.hours().count(),
                       time.minutes().count(), time.seconds().count());
}

}  // namespace postrider
