#include "lib/store/sql_time.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace postrider {

namespace {

// PostgreSQL's timestamps begin in 4714 BC and end in the year 294276; the last few years of that do
// not fit microseconds since 1970 in 64 bits.
constexpr long long first_moment = -210866803200000000;
constexpr long long last_moment = 9223371331200000000;
constexpr std::int64_t epoch_2000 = 946684800000000;  // where those of PostgreSQL begin to count

}  // namespace

std::string sql_time(const std::string& expression) {
    return fmt::format("encode(timestamptz_send({}), 'hex')", expression);
}

TimePoint from_sql_time(std::string_view text) {
    std::uint64_t bits = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
    if (text.size() != 16 || read.ec != std::errc() || read.ptr != text.data() + text.size()) {
        throw std::runtime_error("the database sent no moment in time where one was asked for");
    }
    const auto since_2000 = static_cast<std::int64_t>(bits);
    if (since_2000 == std::numeric_limits<std::int64_t>::min()) return TimePoint::min();
    if (since_2000 > TimePoint::max().time_since_epoch().count() - epoch_2000) return TimePoint::max();
    return TimePoint(std::chrono::microseconds{since_2000 + epoch_2000});
}

std::string sql_timestamp(const std::string& expression) {
    return fmt::format(
        "case when {0} < {1} then '-infinity' when {0} > {2} then 'infinity' "
        "else 'epoch'::timestamptz + ({0} / 1000000) * interval '1 second' + ({0} % 1000000) * interval '1 "
        "microsecond' "
        "end",
        expression, first_moment, last_moment);
}

long long to_sql_time(TimePoint moment) { return moment.time_since_epoch().count(); }

}  // namespace postrider
