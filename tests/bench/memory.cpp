#include "tests/bench/measurements.h"
#include "tests/bench/resident_memory.h"
#include "tests/bench/rows.h"
#include "tests/support/twilio_imitation.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <optional>
#include <stdexcept>

namespace postrider::bench {

namespace {

constexpr std::chrono::minutes first_send_max{10};

/// What was just inserted is written to disk now, not beside what is measured.
void write_out(const std::string& url) {
    pqxx::connection connection(url);
    pqxx::nontransaction(connection).exec("checkpoint");
}

/// A daemon from its start until the provider has its first message.
struct Start {
    std::unique_ptr<ChildProcess> daemon;
    double seconds = 0;
};
Start start(Workbench& bench, const std::string& url, const testing::TwilioImitation& provider) {
    const auto begin = std::chrono::system_clock::now();
    Start started{.daemon = bench.start_daemon(url, twilio_channel("sms", provider))};
    if (!provider.wait_for_accepted(1, first_send_max))
        throw std::runtime_error("a daemon that was started did not send");
    started.seconds = Seconds(provider.accepted().front().arrived - begin).count();
    return started;
}

/// Future rows must stay what they are.
void require_waiting(const std::string& url, int rows) {
    pqxx::connection connection(url);
    const auto waiting =
        pqxx::nontransaction(connection)
            .exec(
                "select count(*) from simple_messaging_outgoingmessage where sent_date is null and not "
                "errored and send_date > now()")[0][0]
            .as<int>();
    if (waiting != rows)
        throw std::runtime_error(fmt::format("{} of {} future rows are left", waiting, rows));
}

void measure_future(Workbench& bench, Report& report, const Memory& memory) {
    const std::string url = bench.new_database();
    std::optional<Figure> least;
    int present = 0;
    int sent = 0;
    for (const int rows : memory.future) {
        insert_rows(url, rows - present, "sms", "now() + interval '3 weeks' + n * interval '1 millisecond'",
                    present + 1);
        present = rows;
        insert_due_rows(url, 1, "sms");
        write_out(url);
        testing::TwilioImitation provider;
        const Start started = start(bench, url, provider);
        wait_until_sent(url, *started.daemon);
        Figure resident{.name = fmt::format("idle beside {} future rows, memory", rows),
                        .value = idle_memory(*started.daemon, memory.quiet),
                        .unit = "MB"};
        if (least) {
            resident.ratio = resident.value / least->value;
            resident.of = fmt::format("that with {}", memory.future.front());
        } else {
            least = resident;
        }
        report.add(std::move(resident));
        report.add({.name = fmt::format("start beside {} future, until the first leaves", rows),
                    .value = started.seconds,
                    .unit = "s"});
        stop(*started.daemon);
        require_accepted(provider, 1);
        require_sent(url, ++sent);
        require_waiting(url, rows);
    }
}

void measure_backlog(Workbench& bench, Report& report, int rows) {
    const std::string url = bench.new_database();
    insert_due_rows(url, rows, "sms");
    write_out(url);
    testing::TwilioImitation provider;
    const Start started = start(bench, url, provider);
    report.add({.name = fmt::format("start with {} rows due, until the first leaves", rows),
                .value = started.seconds,
                .unit = "s"});
    stop(*started.daemon);
    require_sent(url, static_cast<long long>(provider.accepted_count()));
}

}  // namespace

void measure_memory(Workbench& bench, Report& report, const Memory& memory) {
    measure_future(bench, report, memory);
    measure_backlog(bench, report, memory.due);
}

}  // namespace postrider::bench
