#include "lib/store/job_queries.h"

#include "lib/store/installation.h"
#include "lib/store/row_json.h"
#include "lib/store/site_task_rows.h"
#include "lib/text/utf8.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace postrider {

namespace {

std::string iso(const std::string& time) { return "to_char(" + time + ", 'YYYY-MM-DD\"T\"HH24:MI:SSOF')"; }

std::string seconds(const std::string& span) { return "round(extract(epoch from " + span + ")::numeric, 3)"; }

/// Of runs that have ended: how many, and what they took. Of the population, as the Django package has it.
std::string jobs_where(const std::string& condition) {
    return fmt::format(R"(
        select j.name, j.schedule, j.queue,
               case when open.id is not null then 'running' when j.paused then 'paused'
                    when j.requested is not null then 'requested' when j.next_run is null then 'done'
                    else 'waiting' end as state,
               j.reason, {next_run} as next_run, {last_run} as last_run, last.status as last_status,
               last.reason as last_reason, {last_took} as last_s, coalesce(all_runs.count, 0) as runs,
               coalesce(all_runs.failed, 0) as failed, round(all_runs.mean::numeric, 3) as mean_s,
               round(all_runs.most::numeric, 3) as max_s, round(all_runs.deviation::numeric, 3) as deviation_s,
               {seen} as seen
        from postrider.job j
        left join postrider.job_run open on open.job = j.name and open.status = 'ongoing'
        left join lateral (
            select * from postrider.job_run r where r.job = j.name and r.status <> 'ongoing'
            order by r.id desc limit 1) last on true
        left join lateral (
            select count(*), count(*) filter (where r.status <> 'success') as failed,
                   avg(extract(epoch from r.runtime)) as mean, max(extract(epoch from r.runtime)) as most,
                   stddev_pop(extract(epoch from r.runtime)) as deviation
            from postrider.job_run r where r.job = j.name and r.status <> 'ongoing') all_runs on true
        where {condition} order by j.name)",
                       fmt::arg("next_run", iso("j.next_run")), fmt::arg("last_run", iso("last.started")),
                       fmt::arg("last_took", seconds("last.runtime")), fmt::arg("seen", iso("j.seen")),
                       fmt::arg("condition", condition));
}

std::string site_tasks_where(const std::string& condition) {
    return fmt::format(R"(
        select t.command as name, 'the site''s, every ' || t.repeat_interval || 's' as schedule, t.queue,
               case when e.ongoing then 'running' when t.next_run is null then 'done' else 'waiting' end as state,
               t.arguments, {next_run} as next_run, {last_run} as last_run, last.status as last_status,
               {last_took} as last_s, coalesce(e.count, 0) as runs, coalesce(e.failed, 0) as failed,
               round(e.mean::numeric, 3) as mean_s, round(e.most::numeric, 3) as max_s,
               round(e.deviation::numeric, 3) as deviation_s
        from {tasks} t
        left join lateral (
            select count(x.ended), count(x.ended) filter (where x.status <> 'success') as failed,
                   avg(extract(epoch from x.ended - x.started)) as mean,
                   max(extract(epoch from x.ended - x.started)) as most,
                   stddev_pop(extract(epoch from x.ended - x.started)) as deviation,
                   coalesce(bool_or(x.status = 'ongoing'), false) as ongoing
            from {executions} x where x.task_id = t.id) e on true
        left join lateral (
            select * from {executions} x where x.task_id = t.id and x.ended is not null
            order by x.ended desc, x.id desc limit 1) last on true
        where {condition} order by t.command, t.id)",
                       fmt::arg("next_run", iso("t.next_run")), fmt::arg("last_run", iso("last.started")),
                       fmt::arg("last_took", seconds("last.ended - last.started")),
                       fmt::arg("tasks", site_task_table), fmt::arg("executions", site_execution_table),
                       fmt::arg("condition", condition));
}

std::string run_columns() {
    return "id, job, status, " + iso("scheduled") + " as scheduled, " + iso("started") + " as started, " +
           iso("ended") + " as ended, " + seconds("runtime") +
           " as runtime_s, exit_code, nullif(signal, '') as signal, nullif(reason, '') as reason, daemon_id, "
           "length(output) as output_size";
}

}  // namespace

JobQueries::JobQueries(const DatabaseSettings& settings) : connection_(open_connection(settings)) {
    inspect_installation(*connection_);
}

JobQueries::~JobQueries() = default;

boost::json::array JobQueries::list() {
    pqxx::nontransaction session(*connection_);
    return to_array(session.exec(jobs_where("true")));
}

boost::json::array JobQueries::site_tasks(bool with_send_task) {
    pqxx::nontransaction session(*connection_);
    if (!has_readable_site_tasks(session)) return {};
    return to_array(session.exec(site_tasks_where(with_send_task ? "true" : without_send_task())));
}

std::optional<boost::json::object> JobQueries::show(const std::string& name) {
    pqxx::nontransaction session(*connection_);
    const pqxx::result result = session.exec_params(jobs_where("j.name = $1"), name);
    if (result.empty()) return std::nullopt;
    return to_object(result[0]);
}

boost::json::array JobQueries::history(const std::string& name, int limit) {
    pqxx::nontransaction session(*connection_);
    return to_array(
        session.exec_params("select " + run_columns() +
                                " from postrider.job_run where job = $1 order by job, id desc limit "
                                "$2::int",
                            name, limit));
}

std::optional<boost::json::object> JobQueries::show_run(long long id) {
    pqxx::nontransaction session(*connection_);
    const pqxx::result result = session.exec_params(
        "select " + run_columns() + ", output from postrider.job_run where id = $1::bigint", id);
    if (result.empty()) return std::nullopt;
    return to_object(result[0]);
}

bool JobQueries::request(const std::string& name) {
    pqxx::nontransaction session(*connection_);
    return session.exec_params("update postrider.job set requested = clock_timestamp() where name = $1", name)
               .affected_rows() > 0;
}

bool JobQueries::pause(const std::string& name, const std::string& reason) {
    pqxx::nontransaction session(*connection_);
    return session
               .exec_params("update postrider.job set paused = true, reason = $2 where name = $1", name,
                            storable(reason))
               .affected_rows() > 0;
}

bool JobQueries::resume(const std::string& name) {
    pqxx::nontransaction session(*connection_);
    return session.exec_params("update postrider.job set paused = false, reason = '' where name = $1", name)
               .affected_rows() > 0;
}

}  // namespace postrider
