#include "tests/bench/measurements.h"
#include "tests/bench/rows.h"
#include "tests/bench/statement_times.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <optional>

namespace postrider::bench {

namespace {

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
