#include "lib/store/sql_time.h"

#include <fmt/format.h>

#include <limits>

namespace postrider {

namespace {

// PostgreSQL's timestamps begin in 4714 BC and end in the year 294276; the last few years of that do
// not fit microseconds since 1970 in 64 bits.
constexpr long long first_moment = -210866803200000000;
constexpr long long last_moment = 9223371331200000000;
constexpr const char* last_moment_as_text = "294247-01-01 00:00:00+00";

}  // namespace

std::string sql_microseconds(const std::string& expression) {
    // In two parts: before PostgreSQL 14 `epoch` is a double, which far from 1970 cannot hold the
    // microseconds too; a key that is rounded down makes a reader see its row again, for ever.
    return fmt::format(
        "case when {0} is null then null when {0} = 'infinity' then {2} when {0} = '-infinity' then {1} "
        "when {0} >= '{4}' then {3} "
        "else extract(epoch from date_trunc('minute', {0}))::bigint * 1000000 "
        "+ extract(microseconds from {0})::bigint end",
        expression, std::numeric_limits<long long>::min() + 1, std::numeric_limits<long long>::max(),
        last_moment, last_moment_as_text);
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

TimePoint from_sql_time(long long microseconds) {
    if (microseconds == std::numeric_limits<long long>::min() + 1) return TimePoint::min();
    return TimePoint(std::chrono::microseconds{microseconds});
}

}  // namespace postrider
