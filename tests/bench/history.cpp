#include "tests/bench/measurements.h"
#include "tests/bench/rows.h"
#include "tests/bench/statement_times.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <optional>

namespace postrider::bench {

namespace {

/// Rows that were sent during the last month, with their attempts, as a daemon would have left them.
void insert_history(const std::string& url, int rows) {
    insert_rows(url, rows, "bench",
                fmt::format("now() - interval '1 minute' - ({} - n) * interval '30 days' / {}", rows, rows));
    pqxx::connection connection(url);
    pqxx::nontransaction session(connection);
    session.exec(
        "with attempts as (insert into postrider.attempt_history (id, message_id, part, parts, channel, "
        "daemon_id, idempotency_key, first_sent, content_hash, conversation, claimed, closed, verdict, "
        "reason, "
        "provider_id, send_date, disposition, metadata) "
        "select nextval(pg_get_serial_sequence('postrider.attempt', 'id')), id, 1, 1, 'bench', 0, "
        "gen_random_uuid(), send_date, sha256(message::bytea), sha256(destination::bytea), send_date, "
        "send_date + interval '20 ms', 'sent', '', 'loopback-' || id, send_date, 'sent', '{}' "
        "from simple_messaging_outgoingmessage order by send_date returning message_id, closed) "
        "update simple_messaging_outgoingmessage m set sent_date = a.closed from attempts a where "
        "a.message_id "
        "= m.id");
    session.exec("vacuum full analyze simple_messaging_outgoingmessage");
    session.exec("vacuum analyze postrider.attempt_history");
    session.exec("checkpoint");
}

StatementTimes times_beside(Workbench& bench, const History& history, int old) {
    const std::string url = bench.new_database();
    insert_history(url, old);
    auto daemon = bench.start_daemon(url, loopback_channel);
    const auto send = [&] {
        insert_and_ring(url, history.at_once, "bench");
        wait_until_sent(url, *daemon);
    };
    send();  // the first of each connection also fills its caches
    count_statements(url);
    for (int i = 0; i < history.times; ++i) send();
    const StatementTimes times = statement_times(url);
    stop(*daemon);
    require_sent(url, old + (history.times + 1LL) * history.at_once);
    return times;
}

}  // namespace

void measure_history(Workbench& bench, Report& report, const History& history) {
    bench.set("shared_preload_libraries", "pg_stat_statements");
    std::optional<StatementTimes> least;
    for (const int old : history.old) {
        const StatementTimes times = times_beside(bench, history, old);
        for (std::size_t i = 0; i < times.size(); ++i) {
            const auto add = [&](const char* what, const char* unit, double StatementTime::*time) {
                Figure figure{
                    .name = fmt::format("beside {} sent rows, {}{}", old, watched_statements[i].name, what),
                    .value = times[i].*time,
                    .unit = unit};
                if (least) {
                    figure.ratio = figure.value / ((*least)[i].*time);
                    figure.of = fmt::format("that beside {}", history.old.front());
                }
                report.add(std::move(figure));
            };
            add("", "ms", &StatementTime::milliseconds);
            add(", a row", "us", &StatementTime::row_microseconds);
        }
        if (!least) least = times;
    }
}

}  // namespace postrider::bench
