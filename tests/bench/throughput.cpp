#include "tests/bench/ceiling.h"
#include "tests/bench/measurements.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <csignal>
#include <stdexcept>
#include <thread>

namespace postrider::bench {

namespace {

constexpr int connections = 4;  // the daemon's pool_size by default

}  // namespace

void measure_throughput(Workbench& bench, Report& report, int rows) {
    const std::string url = bench.new_database();
    const Ceiling ceiling = measure_ceiling(url, rows, connections);
    insert_due_rows(url, rows, "bench");
    auto daemon = bench.start_daemon(url, "  - { name: bench, transport: loopback, default: true }\n");
    wait_until_recorded(url, rows, *daemon);
    const double rate = sent_per_second(url);
    report.add(
        {.name = fmt::format("PostgreSQL alone, {} a batch, {} connections", ceiling.batch, connections),
         .value = ceiling.rows_per_second,
         .unit = "/s"});
    report.add({.name = "loopback",
                .value = rate,
                .unit = "/s",
                .ratio = rate / ceiling.rows_per_second,
                .of = "PostgreSQL alone"});
    daemon->signal(SIGTERM);
    daemon->wait();
}

}  // namespace postrider::bench
