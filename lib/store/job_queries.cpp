#include "lib/store/job_queries.h"

#include "lib/store/installation.h"
#include "lib/store/recurring_rows.h"
#include "lib/store/row_json.h"
#include "lib/text/utf8.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace postrider {

namespace {

std::string jobs_where(const std::string& condition) {
    return fmt::format(R"(
        select j.name, j.schedule, j.queue,
               case when open.id is not null then 'running' when j.paused then 'paused'
                    when j.requested is not null then 'requested' when j.next_run is null then 'done'
                    else 'waiting' end as state,
               j.reason, {next_run} as next_run, {last_run} as last_run, last.status as last_status,
               last.reason as last_reason, {last_took} as last_s, {running} as running_s, {times_columns},
               {seen} as seen
        from postrider.job j
        left join postrider.job_run open on open.job = j.name and open.status = 'ongoing'
        left join lateral (
            select * from postrider.job_run r where r.job = j.name and r.status <> 'ongoing'
            order by r.id desc limit 1) last on true
        cross join lateral ({times}) times
        where {condition} order by j.name)",
                       fmt::arg("next_run", readable_time("j.next_run")),
                       fmt::arg("last_run", readable_time("last.started")),
                       fmt::arg("last_took", readable_seconds("last.runtime")),
                       fmt::arg("running", readable_seconds("clock_timestamp() - open.started")),
                       fmt::arg("times_columns", run_times_columns()),
                       fmt::arg("times", run_times_sql("postrider.job_run r", "r.job = j.name")),
                       fmt::arg("seen", readable_time("j.seen")), fmt::arg("condition", condition));
}

std::string run_columns() {
    return "id, job, status, " + readable_time("scheduled") + " as scheduled, " + readable_time("started") +
           " as started, " + readable_time("ended") + " as ended, " + readable_seconds("runtime") +
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
    return to_recurring(session.exec(jobs_where("true")));
}

std::optional<boost::json::object> JobQueries::show(const std::string& name) {
    pqxx::nontransaction session(*connection_);
    const pqxx::result result = session.exec_params(jobs_where("j.name = $1"), name);
    if (result.empty()) return std::nullopt;
    return to_recurring(result[0]);
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
