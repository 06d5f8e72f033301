#include "lib/store/site_task_queries.h"

#include "lib/store/installation.h"
#include "lib/store/recurring_rows.h"
#include "lib/store/row_json.h"
#include "lib/store/site_task_rows.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace postrider {

namespace {

/// The tasks `t` with their names.
std::string named_tasks(bool with_send_task) {
    return fmt::format(R"(
        (select t.*, case when count(*) over (partition by t.command) > 1 or exists (
                         select from postrider.job j where j.name = t.command)
                     then t.command || '#' || t.id else t.command end as name
         from {} t where {}) t)",
                       site_task_table, wanted_tasks(with_send_task));
}

std::string tasks_where(const std::string& condition, bool with_send_task) {
    return fmt::format(
        R"(
        select t.name, 'the site''s, every ' || t.repeat_interval || 's' as schedule, t.queue,
               case when open.started is not null then 'running' when t.next_run is null then 'paused'
                    else 'waiting' end as state,
               t.id, t.arguments, {next_run} as next_run, {last_run} as last_run, last.status as last_status,
               {last_took} as last_s, {running} as running_s, {times_columns}
        from {tasks}
        cross join lateral (
            select min(x.started) as started from {executions} x
            where x.task_id = t.id and x.status = 'ongoing') open
        left join lateral (
            select * from {executions} x where x.task_id = t.id and x.ended is not null
            order by x.ended desc, x.id desc limit 1) last on true
        cross join lateral ({times}) times
        where {condition} order by t.command, t.id)",
        fmt::arg("next_run", readable_time("t.next_run")),
        fmt::arg("last_run", readable_time("last.started")),
        fmt::arg("last_took", readable_seconds("last.ended - last.started")),
        fmt::arg("running", readable_seconds("clock_timestamp() - open.started")),
        fmt::arg("times_columns", run_times_columns()), fmt::arg("tasks", named_tasks(with_send_task)),
        fmt::arg("executions", site_execution_table),
        fmt::arg("times", run_times_sql(fmt::format("{} r", site_execution_table), "r.task_id = t.id")),
        fmt::arg("condition", condition));
}

/// Executions `e`.
std::string execution_columns() {
    return fmt::format(
        "e.id, e.status, {} as started, {} as ended, {} as runtime_s, length(e.output) as output_size",
        readable_time("e.started"), readable_time("e.ended"), readable_seconds("e.ended - e.started"));
}

bool set_next_run(pqxx::connection& connection, const std::string& moment, const std::string& condition,
                  long long task) {
    pqxx::nontransaction session(connection);
    return session
               .exec_params(fmt::format("update {} set next_run = {} where id = $1::bigint and {}",
                                        site_task_table, moment, condition),
                            task)
               .affected_rows() > 0;
}

}  // namespace

SiteTaskQueries::SiteTaskQueries(const DatabaseSettings& settings, bool with_send_task)
    : connection_(open_connection(settings)), with_send_task_(with_send_task) {
    inspect_installation(*connection_);
}

SiteTaskQueries::~SiteTaskQueries() = default;

std::string SiteTaskQueries::obstacle() {
    pqxx::nontransaction session(*connection_);
    return site_task_obstacle(session);
}

boost::json::array SiteTaskQueries::list() {
    pqxx::nontransaction session(*connection_);
    if (!has_readable_site_tasks(session)) return {};
    return to_recurring(session.exec(tasks_where("true", with_send_task_)));
}

std::vector<long long> SiteTaskQueries::find(const std::string& name) {
    pqxx::nontransaction session(*connection_);
    std::vector<long long> tasks;
    for (const pqxx::row& row :
         session.exec_params("select t.id from " + named_tasks(with_send_task_) +
                                 " where t.name = $1 or t.command = $1 or t.id::text = $1 order by t.id",
                             name))
        tasks.push_back(row[0].as<long long>());
    return tasks;
}

std::optional<boost::json::object> SiteTaskQueries::show(long long task) {
    pqxx::nontransaction session(*connection_);
    const pqxx::result result = session.exec_params(tasks_where("t.id = $1::bigint", with_send_task_), task);
    if (result.empty()) return std::nullopt;
    return to_recurring(result[0]);
}

boost::json::array SiteTaskQueries::history(long long task, int limit) {
    pqxx::nontransaction session(*connection_);
    return to_array(session.exec_params(
        fmt::format("select {} from {} e where e.task_id = $1::bigint order by e.id desc limit $2::int",
                    execution_columns(), site_execution_table),
        task, limit));
}

std::optional<boost::json::object> SiteTaskQueries::show_run(long long task, long long execution) {
    pqxx::nontransaction session(*connection_);
    const pqxx::result result = session.exec_params(
        fmt::format("select {}, e.output from {} e where e.task_id = $1::bigint and e.id = $2::bigint",
                    execution_columns(), site_execution_table),
        task, execution);
    if (result.empty()) return std::nullopt;
    return to_object(result[0]);
}

bool SiteTaskQueries::request(long long task) {
    return set_next_run(*connection_, "clock_timestamp()", "true", task);
}

bool SiteTaskQueries::pause(long long task) { return set_next_run(*connection_, "null", "true", task); }

bool SiteTaskQueries::resume(long long task) {
    return set_next_run(*connection_, "clock_timestamp()", "next_run is null", task);
}

}  // namespace postrider
