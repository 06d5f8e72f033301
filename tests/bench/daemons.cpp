#include "tests/bench/measurements.h"
#include "tests/bench/rows.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <stdexcept>

namespace postrider::bench {

namespace {

void require_all_took_part(const std::string& url, int daemons) {
    pqxx::connection connection(url);
    const int senders = pqxx::nontransaction(connection)
                            .exec("select count(distinct daemon_id) from postrider.attempt_history")[0][0]
                            .as<int>();
    if (senders != daemons) throw std::runtime_error(fmt::format("{} of {} daemons sent", senders, daemons));
}

double rate_of(Workbench& bench, int daemons, int rows) {
    const std::string url = bench.new_database();
    std::vector<std::unique_ptr<ChildProcess>> running;
    for (int i = 0; i < daemons; ++i) running.push_back(bench.start_daemon(url, loopback_channel));
    wait_until_sending(url, daemons);
    insert_and_ring(url, rows, "bench");
    wait_until_sent(url, *running.front());
    for (auto& daemon : running) stop(*daemon);
    require_sent(url, rows);
    require_all_took_part(url, daemons);
    return sent_per_second(url);
}

}  // namespace

void measure_daemons(Workbench& bench, Report& report, const std::vector<int>& fleets, int rows) {
    double first = 0;
    for (const int daemons : fleets) {
        Figure figure{.name = fmt::format("loopback, daemons on one database: {}", daemons),
                      .value = rate_of(bench, daemons, rows),
                      .unit = "/s"};
        if (first > 0) {
            figure.ratio = figure.value / first;
            figure.of = fmt::format("that of {}", fleets.front());
        } else {
            first = figure.value;
        }
        report.add(std::move(figure));
    }
}

}  // namespace postrider::bench
