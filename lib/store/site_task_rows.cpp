#include "lib/store/site_task_rows.h"

#include "lib/store/sql_time.h"
#include "lib/store/table_right.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace postrider {

namespace {

constexpr TableRight rights[] = {{site_task_table, "select"},
                                 {site_task_table, "update", "next_run"},
                                 {site_execution_table, "select"},
                                 {site_execution_table, "insert"},
                                 {site_execution_table, "update"}};

std::optional<TimePoint> time_in(const pqxx::field& field) {
    if (field.is_null()) return std::nullopt;
    return from_sql_time(field.c_str());
}

std::string views_where(const std::string& condition) {
    return "select " + site_task_columns() + ", " + sql_time("t.postpone_alert_until") +
           ", e.ended_count, coalesce(e.mean, 0), coalesce(e.deviation, 0), e.count, " +
           sql_time("e.open_since") + ", coalesce(e.ongoing, false), " + sql_time("e.last_end") +
           ", last.status from " + site_task_table +
           " t left join lateral (select count(*), count(x.ended) as ended_count, "
           "avg(extract(epoch from x.ended - x.started)) as mean, "
           "stddev_pop(extract(epoch from x.ended - x.started)) as deviation, "
           "min(x.started) filter (where x.ended is null) as open_since, bool_or(x.status = 'ongoing') as "
           "ongoing, "
           "max(x.ended) as last_end, max(x.id) filter (where x.ended is not null) as last_id from " +
           site_execution_table + " x where x.task_id = t.id) e on true left join " + site_execution_table +
           " last on last.id = e.last_id "
           "where " +
           condition + " order by t.next_run, t.id";
}

}  // namespace

std::string site_task_obstacle(pqxx::transaction_base& transaction) {
    std::string all;
    for (const TableRight& right : rights) all += (all.empty() ? "select " : ", ") + held_sql(right);
    const pqxx::row held = transaction.exec1(all);
    for (pqxx::row::size_type i = 0; i < held.size(); ++i) {
        const TableRight& right = rights[i];
        if (held[i].is_null())
            return fmt::format("quicksilver is configured, and this database has no table {}", right.table);
        if (!held[i].as<bool>()) return lack_of(transaction, right);
    }
    return "";
}

bool has_readable_site_tasks(pqxx::transaction_base& transaction) {
    for (const char* table : {site_task_table, site_execution_table}) {
        const pqxx::row row = transaction.exec_params1(
            "select coalesce(has_table_privilege(to_regclass($1), 'select'), false)", table);
        if (!row[0].as<bool>()) return false;
    }
    return true;
}

std::string site_task_columns() {
    return "t.id, t.command, coalesce(t.arguments, ''), t.queue, t.repeat_interval, t.max_duration, " +
           sql_time("t.next_run");
}

SiteTask site_task_in(const pqxx::row& row) {
    SiteTask task;
    task.id = row[0].as<long long>();
    task.command = row[1].c_str();
    task.arguments = row[2].c_str();
    task.queue = row[3].c_str();
    task.repeat_interval = row[4].as<long long>();
    if (!row[5].is_null()) task.max_duration = row[5].as<long long>();
    task.next_run = time_in(row[6]);
    return task;
}

std::string wanted_tasks(bool with_send_task) {
    return with_send_task ? "true" : "t.command <> '" + std::string(send_task) + "'";
}

std::vector<SiteTaskView> read_site_task_views(pqxx::transaction_base& transaction, bool with_send_task) {
    std::vector<SiteTaskView> views;
    for (const pqxx::row& row : transaction.exec(views_where(wanted_tasks(with_send_task)))) {
        SiteTaskView& view = views.emplace_back();
        view.task = site_task_in(row);
        view.postpone_alert_until = time_in(row[7]);
        view.times = {row[8].as<long long>(), row[9].as<double>(), row[10].as<double>()};
        view.executions = row[11].as<long long>();
        view.open_since = time_in(row[12]);
        view.ongoing = row[13].as<bool>();
        view.last_end = time_in(row[14]);
        if (!row[15].is_null()) view.last_status = row[15].c_str();
    }
    return views;
}

std::vector<SiteTaskView> read_site_tasks(pqxx::connection& connection, bool with_send_task) {
    pqxx::nontransaction session(connection);
    if (!has_readable_site_tasks(session)) return {};
    return read_site_task_views(session, with_send_task);
}

}  // namespace postrider
