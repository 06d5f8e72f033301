#pragma once

#include <boost/json/array.hpp>
#include <pqxx/pqxx>

#include <string>

// What people are shown of what runs again and again, be it a job or a site's own task.
namespace postrider {

/// SQL for a moment as ISO 8601.
std::string readable_time(const std::string& time);
/// SQL for a span in seconds, with three decimals.
std::string readable_seconds(const std::string& span);

/// SQL of one row about all runs that have ended of those that `source` has: what stands behind FROM, of a table
/// `r` with status, started and ended, and what stands behind WHERE.
std::string run_times_sql(const std::string& source, const std::string& condition);
/// SQL of the columns that are shown of that row, called `times`: runs, failed, mean_s, max_s, deviation_s.
std::string run_times_columns();

/// Rows with these columns, and `last_s` and `running_s`, as objects. They get `outlier_above_s`, what is out of the
/// ordinary for a run, and `outlier`, whether the one under way is, or else the last: yes or no; both null where
/// there were too few runs to tell.
boost::json::object to_recurring(const pqxx::row& row);
boost::json::array to_recurring(const pqxx::result& rows);

}  // namespace postrider
