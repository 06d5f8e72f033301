#pragma once

#include "lib/async/clock.h"

#include <string>

namespace postrider {

/// SQL for a timestamptz expression as microseconds since 1970, an infinity as the nearest there
/// is: `from_sql_time` reads it.
std::string sql_microseconds(const std::string& expression);
/// SQL for the timestamptz that a bigint of microseconds means: the other way round.
std::string sql_timestamp(const std::string& expression);

long long to_sql_time(TimePoint moment);
TimePoint from_sql_time(long long microseconds);

}  // namespace postrider
