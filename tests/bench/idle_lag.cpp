#include "tests/bench/lags.h"
#include "tests/bench/measurements.h"
#include "tests/support/twilio_imitation.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <random>
#include <stdexcept>
#include <thread>

namespace postrider::bench {

namespace {

using Wall = std::chrono::system_clock;

double milliseconds(Wall::duration span) { return std::chrono::duration<double, std::milli>(span).count(); }

}  // namespace

void measure_idle_lag(Workbench& bench, Report& report, int messages) {
    testing::TwilioImitation provider;
    const std::string url = bench.new_database();
    auto daemon = bench.start_daemon(url, twilio_channel("sms", provider));
    wait_until_sending(url);
    pqxx::connection connection(url);
    pqxx::nontransaction(connection).exec("create table second_commit (number int)");
    const auto insert = [&](int number, double seconds_ahead) {
        pqxx::nontransaction(connection)
            .exec_params(
                "insert into simple_messaging_outgoingmessage (destination, send_date, message, errored, "
                "transmission_metadata) "
                "values ($1, clock_timestamp() + $2::float8 * interval '1 second', 'Visit at 9:00', false, "
                "'{}')",
                fmt::format("+1312{:07}", number), seconds_ahead);
    };
    std::mt19937 random(1);
    std::vector<double> due;
    std::vector<double> ahead;
    std::vector<double> commits;
    std::vector<double> two_commits;  // on the same idle disk, while the message inserted waits for its date
    for (int i = 0; i < 2 * messages; ++i) {
        const double seconds_ahead = i % 2 == 0 ? 0 : 0.5;
        // The result of the one before is written by then, and no rhythm of ours meets one of the daemon's.
        std::this_thread::sleep_for(std::chrono::milliseconds{50 + random() % 100});
        const auto before = Wall::now();
        insert(i, seconds_ahead);
        if (seconds_ahead > 0) {
            commits.push_back(milliseconds(Wall::now() - before));
            pqxx::nontransaction(connection).exec_params("insert into second_commit values ($1)", i);
            two_commits.push_back(milliseconds(Wall::now() - before));
        }
        if (!provider.wait_for_accepted(static_cast<std::size_t>(i) + 1, std::chrono::seconds{30})) {
            throw std::runtime_error("a message did not arrive");
        }
        const Wall::duration lag = provider.accepted().back().arrived - before;
        if (seconds_ahead == 0) due.push_back(milliseconds(lag));
    }
    const std::vector<double> from_send_date = lags_from_send_date(url, provider.accepted());
    for (std::size_t i = 1; i < from_send_date.size(); i += 2) ahead.push_back(from_send_date[i]);
    report.add_lags("idle, the INSERT of one row alone", std::move(commits));
    report.add_lags("idle, two commits one after the other", two_commits);
    report.add_lags("idle, inserted due, until the provider has it", std::move(due), std::move(two_commits),
                    "two commits");
    report.add_lags("idle, scheduled ahead, from send_date", std::move(ahead));
    stop(*daemon);
}

}  // namespace postrider::bench
