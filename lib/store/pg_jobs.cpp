#include "lib/store/pg_jobs.h"

#include "lib/store/host_name.h"
#include "lib/store/sql_array.h"
#include "lib/store/sql_time.h"
#include "lib/text/utf8.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace postrider {

namespace {

std::optional<TimePoint> time_in(const pqxx::field& field) {
    if (field.is_null()) return std::nullopt;
    return from_sql_time(field.c_str());
}

/// As a parameter for `moment`.
std::optional<std::string> time_text(const std::optional<TimePoint>& time) {
    if (!time) return std::nullopt;
    return std::to_string(to_sql_time(*time));
}
const char* or_null(const std::optional<std::string>& text) { return text ? text->c_str() : nullptr; }

std::string moment(const std::string& parameter) {
    return "case when " + parameter + "::bigint is null then null else " +
           sql_timestamp(parameter + "::bigint") + " end";
}

void enlist_in(pqxx::transaction_base& transaction, const EnlistedJob& job) {
    const auto due = time_text(job.due);
    const auto next_run = time_text(job.next_run);
    transaction.exec_params(
        "insert into postrider.job as j (name, queue, schedule, due, next_run) values ($1, $2, $3, " +
            moment("$4") + ", " + moment("$5") +
            ") on conflict (name) do update set queue = excluded.queue, schedule = excluded.schedule, "
            "seen = now(), "
            "due = case when j.schedule = excluded.schedule then j.due else excluded.due end, "
            "next_run = case when j.schedule = excluded.schedule then j.next_run else excluded.next_run end",
        job.name, job.queue, job.schedule, or_null(due), or_null(next_run));
}

JobState state_of(const pqxx::row& row) {
    JobState state;
    state.name = row[0].c_str();
    state.due = time_in(row[1]);
    state.next_run = time_in(row[2]);
    state.requested = time_in(row[3]);
    state.not_before = time_in(row[4]);
    state.paused = row[5].as<bool>();
    if (!row[6].is_null()) state.last_status = row[6].c_str();
    if (!row[7].is_null()) state.last_reason = row[7].c_str();
    return state;
}

JobLedger read_from(pqxx::connection& connection, const std::vector<std::string>& names, DaemonId me) {
    SqlArray wanted;
    for (const std::string& name : names) wanted.add(name);
    pqxx::read_transaction transaction(connection);
    JobLedger ledger;
    const pqxx::result jobs = transaction.exec_params(
        "select j.name, " + sql_time("j.due") + ", " + sql_time("j.next_run") + ", " +
            sql_time("j.requested") + ", " + sql_time("j.not_before") +
            ", j.paused, last.status, last.reason from unnest($1::text[]) w(name) "
            "join postrider.job j on j.name = w.name left join lateral (select r.status, r.reason from "
            "postrider.job_run r where r.job = j.name and r.status <> 'ongoing' order by r.id desc limit 1) "
            "last on true",
        wanted.text());
    for (const pqxx::row& row : jobs) ledger.jobs.push_back(state_of(row));
    const pqxx::result open =
        transaction.exec("select id, job, queue, " + sql_time("started") +
                         ", daemon_id from postrider.job_run where status = 'ongoing' order by id");
    for (const pqxx::row& row : open) {
        ledger.open.push_back({row[0].as<RunId>(), row[1].c_str(), row[2].c_str(),
                               from_sql_time(row[3].c_str()), row[4].as<DaemonId>() == me});
    }
    ledger.is_copy =
        !transaction.exec("select from postrider.suspension where channel = '' and cause = 'copy'").empty();
    return ledger;
}

/// Whether the job is as expected; it then has its new times.
bool move_on(pqxx::transaction_base& transaction, const RunClaim& claim, DaemonId me) {
    const bool asked = claim.run && !claim.scheduled;
    const auto expected = time_text(claim.expected_due);
    const auto due = time_text(claim.due);
    const auto next_run = time_text(claim.next_run);
    const pqxx::result moved = transaction.exec_params(
        "update postrider.job j set due = " + moment("$3") + ", next_run = " + moment("$4") +
            (asked ? ", requested = null" : "") + " where j.name = $1 and j.due is not distinct from (" +
            moment("$2") + ") and (j.not_before is null or j.not_before <= clock_timestamp()) and " +
            (asked ? "j.requested is not null" : "not j.paused") +
            " and exists (select from postrider.daemon d where d.id = $5::bigint and d.ended is null) "
            "and not exists (select from postrider.suspension s where s.channel = '' and s.cause = 'copy') "
            "returning j.name",
        claim.job, or_null(expected), or_null(due), or_null(next_run), me);
    return !moved.empty();
}

std::optional<RunId> claim_in(pqxx::connection& connection, const RunClaim& claim, DaemonId me) {
    pqxx::work transaction(connection);
    if (!move_on(transaction, claim, me)) return std::nullopt;
    RunId id = 0;
    if (claim.run) {
        const auto scheduled = time_text(claim.scheduled);
        const pqxx::result run = transaction.exec_params(
            "insert into postrider.job_run (job, queue, daemon_id, key, scheduled) values ($1, $2, "
            "$3::bigint, "
            "$4, " +
                moment("$5") + ") on conflict do nothing returning id",
            claim.job, claim.queue, me, claim.key, or_null(scheduled));
        // It runs already, or another of its queue does: all as it was.
        if (run.empty()) return std::nullopt;
        id = run[0][0].as<RunId>();
    }
    transaction.commit();
    return id;
}

bool finish_in(pqxx::connection& connection, RunId run, const RunResult& result) {
    pqxx::nontransaction session(connection);
    const std::string code = result.exit_code ? std::to_string(*result.exit_code) : "";
    return session
               .exec_params(
                   "update postrider.job_run set ended = greatest(clock_timestamp(), started), status = $2, "
                   "exit_code = nullif($3, '')::int, signal = $4, reason = $5, output = $6 "
                   "where id = $1::bigint and status = 'ongoing'",
                   run, std::string(to_string(result.status)), code, result.signal, storable(result.reason),
                   storable(result.output))
               .affected_rows() > 0;
}

std::vector<LostRun> interrupt_lost_in(pqxx::connection& connection) {
    pqxx::work transaction(connection);
    const pqxx::result rows = transaction.exec(
        "update postrider.job_run r set ended = clock_timestamp(), status = 'interrupted', "
        "reason = 'its daemon died, or lost the database' where r.status = 'ongoing' and not exists (select "
        "from postrider.daemon d where d.id = r.daemon_id and d.ended is null) returning r.id, r.job, r.key, "
        "(select d.host from postrider.daemon d where d.id = r.daemon_id), "
        "(select d.process from postrider.daemon d where d.id = r.daemon_id)");
    std::vector<LostRun> lost;
    for (const pqxx::row& row : rows) {
        LostRun& run = lost.emplace_back();
        run.id = row[0].as<RunId>();
        run.job = row[1].c_str();
        run.key = row[2].c_str();
        run.here = !row[3].is_null() && was_here_and_is_gone(row[3].c_str(), row[4].as<int>());
        if (run.here) continue;
        transaction.exec_params(
            "update postrider.job set not_before = clock_timestamp() + make_interval(secs => $2::int) "
            "where name = $1",
            run.job, static_cast<int>(lost_run_wait.count()));
    }
    transaction.commit();
    return lost;
}

class PgJobs final : public JobStore {
public:
    PgJobs(Database& database, std::function<DaemonId()> daemon)
        : database_(database), daemon_(std::move(daemon)) {}

    Task<> enlist(std::vector<EnlistedJob> jobs) override {
        auto work = [&jobs](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            for (const EnlistedJob& job : jobs) enlist_in(transaction, job);
            transaction.commit();
            return true;
        };
        co_await database_.run(std::ref(work));
    }

    Task<JobLedger> read(std::vector<std::string> names) override {
        auto work = [&names, me = daemon_()](pqxx::connection& connection) {
            return read_from(connection, names, me);
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<std::optional<RunId>> claim(RunClaim claim) override {
        const DaemonId me = daemon_();
        if (me == 0) co_return std::nullopt;
        auto work = [&claim, me](pqxx::connection& connection) { return claim_in(connection, claim, me); };
        co_return co_await database_.run(std::ref(work));
    }

    Task<bool> finish(RunId run, RunResult result) override {
        auto work = [&result, run](pqxx::connection& connection) {
            return finish_in(connection, run, result);
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<std::vector<LostRun>> interrupt_lost() override {
        auto work = [](pqxx::connection& connection) { return interrupt_lost_in(connection); };
        co_return co_await database_.run(std::ref(work));
    }

    Task<> forget(std::chrono::hours history) override {
        auto work = [history](pqxx::connection& connection) {
            pqxx::nontransaction session(connection);
            session.exec_params(
                "delete from postrider.job_run r where r.ended < now() - make_interval(hours => $1::int) "
                "and r.id < (select max(l.id) from postrider.job_run l where l.job = r.job)",
                static_cast<int>(history.count()));
            return true;
        };
        co_await database_.run(std::ref(work));
    }

private:
    Database& database_;
    std::function<DaemonId()> daemon_;
};

}  // namespace

std::unique_ptr<JobStore> make_pg_jobs(Database& database, std::function<DaemonId()> daemon) {
    return std::make_unique<PgJobs>(database, std::move(daemon));
}

}  // namespace postrider
