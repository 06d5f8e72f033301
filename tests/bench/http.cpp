#include "tests/bench/measurements.h"
#include "tests/bench/rows.h"
#include "tests/support/twilio_imitation.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::bench {

void measure_http(Workbench& bench, Report& report, int calls, int rows) {
    constexpr std::chrono::milliseconds latency{50};
    testing::TwilioImitation provider;
    provider.by_default(testing::TwilioBehaviour::slow(latency));
    const std::string url = bench.new_database();
    insert_due_rows(url, rows, "sms");
    auto daemon =
        bench.start_daemon(url, twilio_channel("sms", provider, fmt::format("concurrency: {}", calls)));
    wait_until_sent(url, *daemon);
    require_sent(url, rows);
    require_accepted(provider, rows);
    const double rate = sent_per_second(url);
    const double most = calls * 1000.0 / static_cast<double>(latency.count());
    report.add({.name = fmt::format("HTTP, 50 ms, {} calls at once", calls),
                .value = rate,
                .unit = "/s",
                .ratio = rate / most,
                .of = fmt::format("{:.0f}/s, what the latency allows", most)});
    stop(*daemon);
}

}  // namespace postrider::bench
