// How fast, as ratios to what PostgreSQL does on the same machine in the same run. Asserts nothing.

#include "tests/bench/ceiling.h"
#include "tests/bench/workbench.h"
#include "tests/support/twilio_imitation.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>
#include <thread>

namespace postrider::bench {
namespace {

constexpr int connections = 4;  // the daemon's pool_size by default

void print(const std::string& line) { std::cout << line << std::endl; }

/// Rows that are due when the daemon comes, on a loopback channel.
void measure_throughput(Workbench& bench, int count) {
    const std::string url = bench.new_database();
    const Ceiling ceiling = measure_ceiling(url, count, connections);
    insert_due_rows(url, count);
    auto daemon = bench.start_daemon(url, "  - { name: bench, transport: loopback, default: true }\n");
    pqxx::connection connection(url);
    for (int done = 0; done < count;) {
        if (!daemon->running()) throw std::runtime_error("the daemon ended");
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
        done = pqxx::nontransaction(connection)
                   .exec("select count(*) from postrider.attempt_history")[0][0]
                   .as<int>();
    }
    // From the first claim to the last record, by the database's clock.
    const double took =
        pqxx::nontransaction(connection)
            .exec(
                "select extract(epoch from (select max(sent_date) from simple_messaging_outgoingmessage) "
                "- (select min(claimed) from postrider.attempt_history))::float8")[0][0]
            .as<double>();
    const int sent = pqxx::nontransaction(connection)
                         .exec(
                             "select count(*) from simple_messaging_outgoingmessage where sent_date is not "
                             "null and not errored")[0][0]
                         .as<int>();
    const double rate = sent / took;
    print(fmt::format(
        "loopback: {} rows sent and recorded, {:.0f}/s; PostgreSQL alone {:.0f}/s ({} a batch, {} "
        "connections); ratio {:.2f}",
        sent, rate, ceiling.rows_per_second, ceiling.batch, connections, rate / ceiling.rows_per_second));
    daemon->signal(SIGTERM);
    daemon->wait();
}

void print_lag(const std::string& what, const std::vector<double>& milliseconds) {
    const Percentiles p = percentiles(milliseconds);
    print(fmt::format("{}: {} messages, lag p50 {:.2f} ms, p95 {:.2f} ms, p99 {:.2f} ms, max {:.2f} ms", what,
                      milliseconds.size(), p.p50, p.p95, p.p99, p.max));
}

using Wall = std::chrono::system_clock;

double milliseconds(Wall::duration span) { return std::chrono::duration<double, std::milli>(span).count(); }

/// One message at a time on an idle machine, until the provider has it: rows inserted due (from just
/// before the INSERT) and rows scheduled half a second ahead (from their send date).
void measure_lag(Workbench& bench, int count) {
    testing::TwilioImitation provider;
    const std::string url = bench.new_database();
    auto daemon = bench.start_daemon(
        url,
        fmt::format("  - {{ name: sms, transport: twilio, default: true, account_sid: {}, auth_token: {}, "
                    "from: \"+13125550100\", base_url: \"{}\" }}\n",
                    provider.settings().account_sid, provider.settings().auth_token, provider.base_url()));
    wait_until_sending(url);
    pqxx::connection connection(url);
    const auto insert = [&](int number, double seconds_ahead) {
        pqxx::nontransaction(connection)
            .exec_params(
                "insert into simple_messaging_outgoingmessage (destination, send_date, message, errored, "
                "transmission_metadata) "
                "values ($1, clock_timestamp() + $2::float8 * interval '1 second', 'Visit at 9:00', false, "
                "'{}')",
                fmt::format("+1312{:07}", number), seconds_ahead);
    };
    std::vector<double> due;
    std::vector<double> ahead;
    for (int i = 0; i < 2 * count; ++i) {
        const double seconds_ahead = i % 2 == 0 ? 0 : 0.5;
        const auto before = Wall::now();
        insert(i, seconds_ahead);
        if (!provider.wait_for_accepted(static_cast<std::size_t>(i) + 1, std::chrono::seconds{30})) {
            throw std::runtime_error("a message did not arrive");
        }
        const Wall::duration lag = provider.accepted().back().arrived - before;
        if (seconds_ahead == 0) due.push_back(milliseconds(lag));
    }
    // Scheduled ones by their own send date, which the database chose.
    std::map<std::string, double> send_dates;
    for (const pqxx::row& row : pqxx::nontransaction(connection)
                                    .exec("select destination, extract(epoch from send_date)::float8 from "
                                          "simple_messaging_outgoingmessage")) {
        send_dates[row[0].c_str()] = row[1].as<double>();
    }
    int i = 0;
    for (const auto& request : provider.accepted()) {
        if (i++ % 2 == 0) continue;
        ahead.push_back(milliseconds(request.arrived.time_since_epoch()) - send_dates.at(request.to) * 1000);
    }
    print_lag("inserted due, until the provider has it", due);
    print_lag("scheduled ahead, from send_date until the provider has it", ahead);
    daemon->signal(SIGTERM);
    daemon->wait();
}

}  // namespace
}  // namespace postrider::bench

int main(int argc, char** argv) {
    using namespace postrider::bench;
    const int rows = argc > 1 ? std::atoi(argv[1]) : 20000;
    const int samples = argc > 2 ? std::atoi(argv[2]) : 200;
    try {
        Workbench bench;
        measure_lag(bench, samples);
        measure_throughput(bench, rows);
    } catch (const std::exception& error) {
        std::cerr << "bench: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
