#include "tests/bench/measurements.h"
#include "tests/bench/rows.h"
#include "tests/bench/statement_times.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <optional>
#include <stdexcept>
#include <thread>

namespace postrider::bench {

namespace {

/// Which requests reports are about: those just made, as nearly all are, or any of the last month, whose
/// pages nobody has in memory.
enum class About { latest, any };

/// Reports as the inbox keeps them.
void insert_reports(pqxx::connection& connection, About about, int count) {
    pqxx::nontransaction(connection)
        .exec_params(
            "insert into postrider.delivery_report (transport, provider_id, channel, rank, state, status, "
            "metadata, acceptance, reported) "
            "select 'loopback', h.provider_id, 'bench', 5, 'delivered', 'delivered', '{}', '{}', now() "
            "from postrider.attempt_history h where h.provider_id <> '' "
            "order by case when $2 then random() end, h.closed desc limit $1::bigint",
            count, about == About::any);
}

/// Microseconds of the server's time for each report.
double time_beside(Workbench& bench, int old, About about, int count) {
    const std::string url = bench.new_database();
    insert_history(url, old);
    pqxx::connection connection(url);
    auto daemon = bench.start_daemon(url, loopback_channel);
    wait_until_sending(url);
    count_statements(url);
    insert_reports(connection, about, count);
    for (int tries = 0;; ++tries) {
        pqxx::nontransaction session(connection);
        if (session.exec("select not exists (select from postrider.delivery_report where not applied)")[0][0]
                .as<bool>())
            break;
        if (tries > 6000) throw std::runtime_error("reports were not applied");
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    stop(*daemon);
    pqxx::nontransaction session(connection);
    return session
        .exec(
            "select sum(total_exec_time) * 1000 / sum(rows) from pg_stat_statements where dbid = "
            "(select oid from pg_database where datname = current_database()) "
            "and strpos(query, 'for update of r skip locked') > 0 "
            "and strpos(query, 'pg_stat_statements') = 0")[0][0]
        .as<double>();
}

}  // namespace

void measure_reports(Workbench& bench, Report& report, const Reports& reports) {
    bench.set("shared_preload_libraries", "pg_stat_statements");
    for (const About about : {About::latest, About::any}) {
        std::optional<double> least;
        for (const int old : reports.old) {
            Figure figure{.name = fmt::format("beside {} requests, lookup of a report about {}", old,
                                              about == About::latest ? "a late one" : "any of them"),
                          .value = time_beside(bench, old, about, reports.count),
                          .unit = "us"};
            if (least) {
                figure.ratio = figure.value / *least;
                figure.of = fmt::format("that beside {}", reports.old.front());
            } else {
                least = figure.value;
            }
            report.add(std::move(figure));
        }
    }
}

}  // namespace postrider::bench
