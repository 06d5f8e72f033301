#include "lib/net/retry_after.h"

#include "lib/net/internet_date.h"

#include <algorithm>
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

}  // namespace

std::optional<seconds> retry_after(const HttpAnswer& answer, TimePoint now) {
    const auto value = answer.header("retry-after");
    if (!value) return std::nullopt;
    if (const auto wait = number(*value)) return std::min(seconds(*wait), wait_max);
    const auto date = internet_date(*value);
    if (!date) return std::nullopt;
    return std::clamp(std::chrono::ceil<seconds>(*date - now), seconds{0}, wait_max);
}

}  // namespace postrider
