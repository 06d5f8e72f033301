#include "lib/store/pg_site_tasks.h"

#include "lib/jobs/job_store.h"
#include "lib/store/host_name.h"
#include "lib/store/site_monitoring.h"
#include "lib/store/site_tables.h"
#include "lib/store/site_task_rows.h"
#include "lib/store/sql_array.h"
#include "lib/store/sql_time.h"
#include "lib/store/table_right.h"
#include "lib/store/text_list.h"
#include "lib/text/utf8.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace postrider {

namespace {

/// What the package's runner sleeps at least, between its rounds.
constexpr int pause_s = 5;

constexpr const char* is_copy =
    "exists (select from postrider.suspension where channel = '' and cause = 'copy')";

SiteTaskLedger read_from(pqxx::connection& connection, const std::vector<std::string>& queues,
                         bool with_send_task, DaemonId me) {
    pqxx::read_transaction transaction(connection);
    SiteTaskLedger ledger;
    ledger.obstacle = site_task_obstacle(transaction);
    if (!ledger.obstacle.empty()) return ledger;
    SqlArray wanted;
    for (const std::string& queue : queues) wanted.add(queue);
    const pqxx::result tasks = transaction.exec_params(
        "select " + site_task_columns() + ", " + sql_time("p.not_before") + " from " + site_task_table +
            " t left join postrider.site_task_pause p on p.task_id = t.id where t.next_run is not null and "
            "t.queue = any($1::text[]) and " +
            wanted_tasks(with_send_task) + " order by t.next_run, t.id",
        wanted.text());
    for (const pqxx::row& row : tasks) {
        WaitingTask& task = ledger.tasks.emplace_back();
        task.task = site_task_in(row);
        if (!row[7].is_null()) task.not_before = from_sql_time(row[7].c_str());
    }
    for (const pqxx::row& row : transaction.exec("select execution_id, task_id, queue, daemon_id from "
                                                 "postrider.site_run where ended is null order by 1")) {
        ledger.open.push_back(
            {row[0].as<ExecutionId>(), row[1].as<long long>(), row[2].c_str(), row[3].as<DaemonId>() == me});
    }
    ledger.is_copy = transaction.exec1("select " + std::string(is_copy))[0].as<bool>();
    return ledger;
}

/// Executions of a task that no daemon has.
std::optional<TimePoint> elsewhere_since(pqxx::transaction_base& transaction, long long task) {
    const pqxx::row row = transaction.exec_params1(
        "select " + sql_time("min(e.started)") + " from " + site_execution_table +
            " e where e.task_id = $1::bigint and e.status = 'ongoing' and not exists "
            "(select from postrider.site_run r where r.execution_id = e.id)",
        task);
    if (row[0].is_null()) return std::nullopt;
    return from_sql_time(row[0].c_str());
}

SiteTaskGrant claim_in(pqxx::connection& connection, const SiteTaskClaim& claim, DaemonId me) {
    pqxx::work transaction(connection);
    SiteTaskGrant grant;
    const pqxx::result task = transaction.exec_params(
        fmt::format(R"(
            select {} from {} t
            where t.id = $1::bigint and t.command = $2 and coalesce(t.arguments, '') = $3 and t.queue = $4
              and t.next_run <= clock_timestamp()
              and not exists (select from postrider.site_task_pause p
                              where p.task_id = t.id and p.not_before > clock_timestamp())
              and exists (select from postrider.daemon d where d.id = $5::bigint and d.ended is null)
              and not {}
              and not exists (select from postrider.site_run r
                              where r.ended is null and (r.task_id = t.id or r.queue = t.queue)))",
                    site_task_columns(), site_task_table, is_copy),
        claim.task.id, claim.task.command, claim.task.arguments, claim.task.queue, me);
    if (task.empty()) return grant;
    if ((grant.since = elsewhere_since(transaction, claim.task.id))) {
        grant.answer = SiteTaskGrant::Answer::elsewhere;
        return grant;
    }
    grant.task = site_task_in(task[0]);
    const auto execution =
        transaction
            .exec_params1(fmt::format("insert into {} (task_id, started, status) values ($1::bigint, "
                                      "clock_timestamp(), 'ongoing') returning id",
                                      site_execution_table),
                          claim.task.id)[0]
            .as<ExecutionId>();
    const pqxx::result run = transaction.exec_params(
        "insert into postrider.site_run (execution_id, task_id, queue, command, daemon_id, key, locks, due) "
        "values ($1::bigint, $2::bigint, $3, $4, $5::bigint, $6, $7, " +
            sql_timestamp("$8::bigint") + ") on conflict do nothing returning execution_id",
        execution, claim.task.id, claim.task.queue, claim.task.command, me, claim.key,
        to_text_list(claim.locks), to_sql_time(*grant.task.next_run));
    if (run.empty()) return grant;  // it runs already, or another of its queue does: all as it was
    transaction.commit();
    grant.execution = execution;
    grant.answer = SiteTaskGrant::Answer::granted;
    return grant;
}

void end_execution(pqxx::transaction_base& transaction, ExecutionId execution, const std::string& status,
                   const std::optional<std::string>& output) {
    const bool keeps_runtime = has_column(transaction, site_execution_table, "total_runtime");
    const std::string ended = "greatest(clock_timestamp(), started)";
    const std::optional<std::string> text = output ? std::optional(storable(*output)) : std::nullopt;
    transaction.exec_params(
        fmt::format(
            "update {} set status = $2, output = coalesce($3, output), ended = {} where id = $1::bigint",
            site_execution_table, ended),
        execution, status, text ? text->c_str() : static_cast<const char*>(nullptr));
    if (!keeps_runtime) return;
    transaction.exec_params(
        fmt::format("update {} set total_runtime = extract(epoch from ended - started) where id = $1::bigint",
                    site_execution_table),
        execution);
}

/// Unless somebody has set it to something else meanwhile.
void move_on(pqxx::transaction_base& transaction, ExecutionId execution, const SiteTaskEnd& end) {
    const char* const of_run =
        " from postrider.site_run r where r.execution_id = $1::bigint and t.id = r.task_id and t.next_run = "
        "r.due";
    const std::string update = fmt::format("update {} t set next_run = ", site_task_table);
    if (std::holds_alternative<SiteTaskEnd::AfterInterval>(end.next_run)) {
        transaction.exec_params(
            update + "clock_timestamp() + make_interval(secs => greatest(t.repeat_interval, 0))" + of_run,
            execution);
    } else if (const auto* moment = std::get_if<TimePoint>(&end.next_run)) {
        transaction.exec_params(update + sql_timestamp("$2::bigint") + of_run, execution,
                                to_sql_time(*moment));
    }
    if (end.status == "killed") return;
    transaction.exec_params(
        fmt::format(
            "insert into postrider.site_task_pause select t.id, clock_timestamp() + make_interval(secs => "
            "{}) from {} t join postrider.site_run r on r.task_id = t.id where r.execution_id = $1::bigint "
            "and t.next_run <= clock_timestamp() on conflict (task_id) do update set not_before = "
            "excluded.not_before",
            pause_s, site_task_table),
        execution);
}

bool end_run(pqxx::transaction_base& transaction, ExecutionId execution) {
    return transaction
               .exec_params(
                   "update postrider.site_run set ended = clock_timestamp() where execution_id = "
                   "$1::bigint and ended is null",
                   execution)
               .affected_rows() > 0;
}

void forget_run(pqxx::transaction_base& transaction, ExecutionId execution) {
    transaction.exec_params("delete from postrider.site_run where execution_id = $1::bigint", execution);
}

bool finish_in(pqxx::connection& connection, ExecutionId execution, const SiteTaskEnd& end,
               bool locks_cleared) {
    pqxx::work transaction(connection);
    if (!end_run(transaction, execution)) return false;
    end_execution(transaction, execution, end.status, end.output);
    move_on(transaction, execution, end);
    if (locks_cleared) forget_run(transaction, execution);
    transaction.commit();
    return true;
}

bool give_up_in(pqxx::connection& connection, ExecutionId execution) {
    pqxx::work transaction(connection);
    if (!end_run(transaction, execution)) return false;
    end_execution(transaction, execution, "killed", std::nullopt);
    transaction.commit();
    return true;
}

std::vector<LeftExecution> left_in(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    std::vector<LeftExecution> left;
    const pqxx::result rows = session.exec_params(
        "select r.execution_id, r.task_id, r.command, r.key, r.locks, r.ended is not null, d.host, "
        "d.process, "
        "coalesce(d.ended < clock_timestamp() - make_interval(secs => $1::int), d.id is null) "
        "from postrider.site_run r left join postrider.daemon d on d.id = r.daemon_id "
        "where r.ended is not null or d.id is null or d.ended is not null order by 1",
        static_cast<int>(lost_run_wait.count()));
    for (const pqxx::row& row : rows) {
        LeftExecution each;
        each.id = row[0].as<ExecutionId>();
        each.task = row[1].as<long long>();
        each.command = row[2].c_str();
        each.key = row[3].c_str();
        each.locks = read_text_list(row[4].c_str());
        each.ended = row[5].as<bool>();
        const std::string host = row[6].is_null() ? "" : row[6].c_str();
        each.here = each.ended ? host == host_name() : was_here_and_is_gone(host, row[7].as<int>(0));
        const bool wait_is_over = row[8].as<bool>();
        if (each.here || (!each.ended && wait_is_over)) left.push_back(std::move(each));
    }
    return left;
}

std::string note_sending_in(pqxx::connection& connection, const std::string& site) {
    pqxx::work transaction(connection);
    if (transaction.exec_params1("select to_regclass($1)", monitoring_table)[0].is_null()) return "";
    const std::string name = (site.empty() ? "" : site) + "_" + send_task;
    constexpr TableRight update{monitoring_table, "update", "last_seen"};
    constexpr TableRight insert{monitoring_table, "insert"};
    const auto lacks = [&](const TableRight& right) {
        return !transaction.exec1("select " + held_sql(right))[0].as<bool>();
    };
    if (lacks(update)) return lack_of(transaction, update);
    const auto noted = transaction.exec_params(
        fmt::format("update {} set last_seen = clock_timestamp() where {} = $1", monitoring_table,
                    site.empty() ? "right(event_name, length($1))" : "event_name"),
        name);
    if (noted.affected_rows() == 0 && !site.empty()) {
        if (lacks(insert)) return lack_of(transaction, insert);
        transaction.exec_params(
            fmt::format("insert into {} (event_name, last_seen, warning_minutes, error_minutes) values ($1, "
                        "clock_timestamp(), 5, 15) on conflict do nothing",
                        monitoring_table),
            name);
    }
    transaction.commit();
    return "";
}

class PgSiteTasks final : public SiteTaskStore {
public:
    PgSiteTasks(Database& database, std::function<DaemonId()> daemon)
        : database_(database), daemon_(std::move(daemon)) {}

    Task<SiteTaskLedger> read(std::vector<std::string> queues, bool with_send_task) override {
        auto work = [&queues, with_send_task, me = daemon_()](pqxx::connection& connection) {
            return read_from(connection, queues, with_send_task, me);
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<SiteTaskGrant> claim(SiteTaskClaim claim) override {
        const DaemonId me = daemon_();
        if (me == 0) co_return SiteTaskGrant();
        auto work = [&claim, me](pqxx::connection& connection) { return claim_in(connection, claim, me); };
        co_return co_await database_.run(std::ref(work));
    }

    Task<bool> finish(ExecutionId execution, SiteTaskEnd end, bool locks_cleared) override {
        auto work = [execution, &end, locks_cleared](pqxx::connection& connection) {
            return finish_in(connection, execution, end, locks_cleared);
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<bool> runs_elsewhere(long long task) override {
        auto work = [task](pqxx::connection& connection) {
            pqxx::nontransaction session(connection);
            return elsewhere_since(session, task).has_value();
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<std::vector<LeftExecution>> left() override {
        auto work = [](pqxx::connection& connection) { return left_in(connection); };
        co_return co_await database_.run(std::ref(work));
    }

    Task<bool> give_up(ExecutionId execution) override {
        auto work = [execution](pqxx::connection& connection) { return give_up_in(connection, execution); };
        co_return co_await database_.run(std::ref(work));
    }

    Task<> forget(ExecutionId execution) override {
        auto work = [execution](pqxx::connection& connection) {
            pqxx::nontransaction session(connection);
            session.exec_params(
                "delete from postrider.site_run where execution_id = $1::bigint and ended is not null",
                execution);
            return true;
        };
        co_await database_.run(std::ref(work));
    }

    Task<std::vector<SiteTaskView>> view(bool with_send_task) override {
        auto work = [with_send_task](pqxx::connection& connection) {
            pqxx::nontransaction session(connection);
            return read_site_task_views(session, with_send_task);
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<std::string> note_sending(std::string site) override {
        auto work = [&site](pqxx::connection& connection) { return note_sending_in(connection, site); };
        co_return co_await database_.run(std::ref(work));
    }

private:
    Database& database_;
    std::function<DaemonId()> daemon_;
};

}  // namespace

std::unique_ptr<SiteTaskStore> make_pg_site_tasks(Database& database, std::function<DaemonId()> daemon) {
    return std::make_unique<PgSiteTasks>(database, std::move(daemon));
}

}  // namespace postrider
