#include "tests/bench/throughput.h"

#include "tests/bench/ceiling.h"
#include "tests/bench/measurements.h"
#include "tests/bench/rows.h"

#include <fmt/format.h>

namespace postrider::bench {

namespace {

constexpr int connections = 4;  // the daemon's pool_size by default

}  // namespace

double loopback_rate(Workbench& bench, int rows) {
    const std::string url = bench.new_database();
    insert_due_rows(url, rows, "bench");
    auto daemon = bench.start_daemon(url, loopback_channel);
    wait_until_sent(url, *daemon);
    stop(*daemon);
    require_sent(url, rows);
    return sent_per_second(url);
}

void measure_throughput(Workbench& bench, Report& report, int rows) {
    const Ceiling ceiling = measure_ceiling(bench.new_database(), rows, connections);
    report.add(
        {.name = fmt::format("PostgreSQL alone, {} a batch, {} connections", ceiling.batch, connections),
         .value = ceiling.rows_per_second,
         .unit = "/s"});
    const double rate = loopback_rate(bench, rows);
    report.add({.name = "loopback",
                .value = rate,
                .unit = "/s",
                .ratio = rate / ceiling.rows_per_second,
                .of = "PostgreSQL alone"});
}

}  // namespace postrider::bench
