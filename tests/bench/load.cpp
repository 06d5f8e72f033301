#include "tests/bench/lags.h"
#include "tests/bench/measurements.h"
#include "tests/bench/rows.h"
#include "tests/support/twilio_imitation.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace postrider::bench {

namespace {

using Steady = std::chrono::steady_clock;

constexpr int inserts_per_second = 100;

/// Inserts the rows at an even pace, a hundred transactions a second; how many rows a second it were.
double let_flow_in(const std::string& url, const Load& load, const std::string& send_date) {
    const int at_once = load.rate / inserts_per_second;
    pqxx::connection connection(url);
    connection.prepare("insert", "insert into simple_messaging_outgoingmessage " + rows_sql(send_date));
    const auto start = Steady::now();
    for (int i = 0; i * at_once < load.rows(); ++i) {
        std::this_thread::sleep_until(start + i * std::chrono::milliseconds{1000} / inserts_per_second);
        pqxx::nontransaction(connection).exec_prepared("insert", at_once, "sms", 1 + i * at_once);
    }
    const Seconds took = Steady::now() - start + std::chrono::milliseconds{1000} / inserts_per_second;
    return load.rows() / took.count();
}

void measure(Workbench& bench, Report& report, const Load& load, const std::string& name,
             const std::string& send_date) {
    testing::TwilioImitation provider;
    const std::string url = bench.new_database();
    auto daemon = bench.start_daemon(url, twilio_channel("sms", provider, "concurrency: 32"));
    wait_until_sending(url);
    const double inflow = let_flow_in(url, load, send_date);
    const auto rows = static_cast<std::size_t>(load.rows());
    if (!provider.wait_for_accepted(rows, std::chrono::minutes{2}))
        throw std::runtime_error("messages of the inflow did not arrive");
    wait_until_sent(url, *daemon);
    stop(*daemon);
    require_accepted(provider, rows);
    require_sent(url, load.rows());
    report.add({.name = name + ", inflow",
                .value = inflow,
                .unit = "/s",
                .ratio = inflow / load.rate,
                .of = fmt::format("{}/s, what was wanted", load.rate)});
    report.add_lags(name + ", from send_date", lags_from_send_date(url, provider.accepted()));
}

}  // namespace

void measure_load(Workbench& bench, Report& report, const Load& load) {
    measure(bench, report, load, "under load, inserted due", "clock_timestamp()");
    // Each two seconds after it was inserted, evenly.
    measure(
        bench, report, load, "under load, scheduled ahead",
        fmt::format("clock_timestamp() + interval '2 seconds' + (n - $3::int) * interval '{} microseconds'",
                    1000000 / load.rate));
}

}  // namespace postrider::bench
