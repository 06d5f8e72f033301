#pragma once

#include "lib/async/clock.h"

#include <string>
#include <string_view>

namespace postrider {

/// SQL for a timestamptz expression as text that `from_sql_time` reads: PostgreSQL's own
/// representation in hexadecimal. It is exact wherever the calendar goes, and costs the server next to
/// nothing; `extract` costs as much as reading the rest of a row.
std::string sql_time(const std::string& expression);
/// Infinities become the first and the last TimePoint; what TimePoint cannot hold, the nearest it can.
/// Throws std::runtime_error if it is no such text.
TimePoint from_sql_time(std::string_view text);

/// SQL for the timestamptz that a bigint of microseconds since 1970 means.
std::string sql_timestamp(const std::string& expression);
long long to_sql_time(TimePoint moment);

}  // namespace postrider
