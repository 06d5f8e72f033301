#include "lib/net/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>

namespace postrider {

namespace {

using std::chrono::seconds;

constexpr seconds wait_max = std::chrono::hours{24};

/// A whole number of digits only, no sign; large ones as the largest.
std::optional<int> number(std::string_view digits) {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || digits.front() == '-' || end != digits.data() + digits.size()) return std::nullopt;
    if (error == std::errc::result_out_of_range) return std::numeric_limits<int>::max();
    return error == std::errc{} ? std::optional(value) : std::nullopt;
}

std::optional<unsigned> month(std::string_view name) {
    static constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<unsigned>(found - names.begin()) + 1;
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 § 5.6.7); the two obsolete forms are not worth their code.
std::optional<TimePoint> http_date(std::string_view text) {
    if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
    const auto day_number = number(text.substr(5, 2));
    const auto month_number = month(text.substr(8, 3));
    const auto year_number = number(text.substr(12, 4));
    const auto hour = number(text.substr(17, 2));
    const auto minute = number(text.substr(20, 2));
    const auto second = number(text.substr(23, 2));
    if (!day_number || !month_number || !year_number || !hour || !minute || !second) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year_number), std::chrono::month(*month_number),
                                           std::chrono::day(static_cast<unsigned>(*day_number))};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           seconds(*second);
}

}  // namespace

std::optional<seconds> retry_after(const HttpAnswer& answer, TimePoint now) {
    const auto value = answer.header("retry-after");
    if (!value) return std::nullopt;
    if (const auto wait = number(*value)) return std::min(seconds(*wait), wait_max);
    const auto date = http_date(*value);
    if (!date) return std::nullopt;
    return std::clamp(std::chrono::ceil<seconds>(*date - now), seconds{0}, wait_max);
}

}  // namespace postrider
