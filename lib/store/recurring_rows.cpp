#include "lib/store/recurring_rows.h"

#include "lib/quicksilver/task_rules.h"
#include "lib/store/row_json.h"

#include <fmt/format.h>

#include <optional>

namespace postrider {

namespace {

std::optional<double> number_at(const boost::json::object& row, const char* key) {
    const boost::json::value& value = row.at(key);
    if (value.is_null()) return std::nullopt;
    return std::stod(std::string(value.as_string()));
}

/// By what is shown: whoever reads it can follow.
void add_outlier(boost::json::object& row) {
    const auto count = static_cast<long long>(number_at(row, "runs").value_or(0));
    const auto threshold = outlier_threshold(
        {count, number_at(row, "mean_s").value_or(0), number_at(row, "deviation_s").value_or(0)});
    const auto running = number_at(row, "running_s");
    const auto took = running ? running : number_at(row, "last_s");
    row["outlier_above_s"] = nullptr;
    row["outlier"] = nullptr;
    if (!threshold) return;
    row["outlier_above_s"] = fmt::format("{:.3f}", *threshold);
    if (took) row["outlier"] = *took > *threshold ? "yes" : "no";
}

}  // namespace

std::string readable_time(const std::string& time) {
    return "to_char(" + time + ", 'YYYY-MM-DD\"T\"HH24:MI:SSOF')";
}

std::string readable_seconds(const std::string& span) {
    return "round(extract(epoch from " + span + ")::numeric, 3)";
}

std::string run_times_sql(const std::string& source, const std::string& condition) {
    const std::string took = "extract(epoch from r.ended - r.started)";
    // Of the population, as the Django package has it.
    return fmt::format(
        "select count(*), count(*) filter (where r.status <> 'success') as failed, avg({0}) as mean, "
        "max({0}) as most, stddev_pop({0}) as deviation from {1} where {2} and r.ended is not null",
        took, source, condition);
}

std::string run_times_columns() {
    return "times.count as runs, times.failed, round(times.mean::numeric, 3) as mean_s, "
           "round(times.most::numeric, 3) as max_s, round(times.deviation::numeric, 3) as deviation_s";
}

boost::json::object to_recurring(const pqxx::row& row) {
    boost::json::object object = to_object(row);
    add_outlier(object);
    return object;
}

boost::json::array to_recurring(const pqxx::result& rows) {
    boost::json::array all;
    for (const pqxx::row& row : rows) all.push_back(to_recurring(row));
    return all;
}

}  // namespace postrider
