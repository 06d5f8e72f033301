#pragma once

#include <array>
#include <string>

namespace postrider::bench {

/// The daemon's statements for each message that is sent, in their order: `name`, and a piece of the SQL
/// that no other statement has (a claim may be asked in two ways).
struct WatchedStatement {
    const char* name;
    const char* piece;
};
inline constexpr std::array<WatchedStatement, 4> watched_statements{{
    {"due query", "order by m.send_date, m.id limit"},
    {"claim", "with fence as materialized"},
    {"closing of attempts", "delete from postrider.attempt a using"},
    {"writing of rows", "and m.xmin = r.row_version and m.sent_date is null"},
}};

/// How long the server was at one of them.
struct StatementTime {
    double milliseconds = 0;      ///< a call, on average
    double row_microseconds = 0;  ///< a row that it returned, on average
};
/// As watched_statements.
using StatementTimes = std::array<StatementTime, watched_statements.size()>;

/// Begins to count in that database, from nothing; on a server with pg_stat_statements.
void count_statements(const std::string& url);

/// Since then. Throws if one of them has not run.
StatementTimes statement_times(const std::string& url);

}  // namespace postrider::bench
