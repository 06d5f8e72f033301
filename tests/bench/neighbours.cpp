#include "tests/bench/measurements.h"
#include "tests/bench/rows.h"
#include "tests/support/twilio_imitation.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <stdexcept>
#include <thread>

namespace postrider::bench {

namespace {

using Wall = std::chrono::system_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int rate = 200;
constexpr std::chrono::milliseconds insert_every{50};

/// Waiting for their next try, some time within the next quarter of an hour.
void park(const std::string& url, const std::string& channel) {
    pqxx::connection connection(url);
    pqxx::nontransaction(connection)
        .exec_params(
            "insert into postrider.retry (message_id, failed_attempts, not_before, reason) "
            "select id, 3, now() + random() * interval '15 minutes', 'connection refused' "
            "from simple_messaging_outgoingmessage where strpos(transmission_metadata, $1) > 0",
            "\"" + channel + "\"");
}

}  // namespace

void measure_neighbours(Workbench& bench, Report& report, const Neighbours& neighbours) {
    testing::TwilioImitation provider;
    const std::string url = bench.new_database();
    insert_due_rows(url, neighbours.retries, "dead");
    park(url, "dead");
    insert_due_rows(url, neighbours.backlog, "bulk");
    const auto start = Wall::now();
    auto daemon = bench.start_daemon(
        url, fmt::format("  - {{ name: bulk, transport: loopback, rate: {}/s }}\n"
                         "  - {{ name: dead, transport: twilio, from: \"+13125550100\", account_sid: {}, "
                         "auth_token: x, base_url: \"http://127.0.0.1:1\" }}\n{}",
                         rate, provider.settings().account_sid, twilio_channel("prompt", provider)));
    pqxx::connection connection(url);
    std::vector<double> lags;
    for (int i = 0; i <= neighbours.messages; ++i) {
        const auto before = Wall::now();
        pqxx::nontransaction(connection)
            .exec_params(
                "insert into simple_messaging_outgoingmessage (destination, send_date, message, errored, "
                "transmission_metadata) values ($1, clock_timestamp(), 'Visit at 9:00', false, '{}')",
                fmt::format("+1773{:07}", i));
        if (!provider.wait_for_accepted(static_cast<std::size_t>(i) + 1, std::chrono::minutes{5}))
            throw std::runtime_error("a message beside the backlog did not arrive");
        if (i == 0) {
            report.add({.name = fmt::format("start beside {} due rows, until the first leaves",
                                            neighbours.backlog + neighbours.retries),
                        .value = std::chrono::duration<double>(Wall::now() - start).count(),
                        .unit = "s"});
        } else {
            lags.push_back(Milliseconds(provider.accepted().back().arrived - before).count());
        }
        std::this_thread::sleep_until(before + insert_every);
    }
    report.add_lags(
        fmt::format("beside {} due at {}/s and {} retries", neighbours.backlog, rate, neighbours.retries),
        std::move(lags));
    stop(*daemon);
}

}  // namespace postrider::bench
