// What Prometheus gets to see, read by Prometheus itself.
#include "tests/support/free_port.h"
#include "tests/system/system_test.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
namespace json = boost::json;

struct MetricsOfDaemon : SystemTest {
    static HttpPage metrics(const DaemonProcess& daemon) { return http_get(daemon.url() + "/metrics"); }
};

TEST_F(MetricsOfDaemon, AreInItsFormatAndCountWhatHasHappened) {
    DaemonProcess daemon(config());
    site.insert({.destination = "+13125550111"});
    twilio.next(TwilioBehaviour::refuse(400, 21211, "none"));
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    site.insert({.destination = "+13125550112"});
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();
    const HttpPage page = metrics(daemon);
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
    for (const char* line : {"postrider_requests_total{channel=\"sms\",outcome=\"sent\"} 1",
                             "postrider_requests_total{channel=\"sms\",outcome=\"rejected\"} 1",
                             "postrider_messages_total{channel=\"sms\",end=\"given_up\"} 1",
                             "postrider_due_to_accepted_seconds_count{channel=\"sms\"} 1",
                             "postrider_check_health{check=\"database\"} 0",
                             "postrider_channel_sent_total{channel=\"sms\"} 1"}) {
        EXPECT_THAT(page.body, HasSubstr(std::string(line) + "\n"));
    }
    Folder folder;
    folder.write("metrics", page.body);
    const Ran checked =
        run_program({"sh", "-c", "promtool check metrics < " + (folder.path() / "metrics").string()});
    EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
}

TEST_F(MetricsOfDaemon, AreForThoseWhoMayReadTheStatus) {
    DaemonProcess daemon(config("", "status: { allowed_hosts: [192.0.2.7] }\n"));
    ASSERT_TRUE(daemon.wait_until_listening()) << daemon.log();
    EXPECT_EQ(metrics(daemon).status, 403);
}

TEST_F(MetricsOfDaemon, AreScrapedByPrometheusWhoseAlertFiresWhenAChannelIsStopped) {
    twilio.by_default(TwilioBehaviour::refuse(401, 20003, "Authenticate"));
    DaemonProcess daemon(config());
    site.insert();
    Folder folder;
    const std::uint16_t port = free_port();
    // The rules as they are, but for the time that an alert must have been true.
    std::string rules = contents(POSTRIDER_SOURCE_DIR "/config/prometheus/alerts.yaml");
    rules.replace(rules.find("for: 30s"), 8, "for: 0s");
    folder.write("alerts.yaml", rules);
    folder.write(
        "prometheus.yaml",
        fmt::format("global: {{ scrape_interval: 500ms, evaluation_interval: 500ms }}\n"
                    "rule_files: [alerts.yaml]\n"
                    "scrape_configs: [{{ job_name: postrider, static_configs: [{{ targets: ['{}'] }}] }}]\n",
                    daemon.url().substr(7)));
    ChildOptions options;
    options.output = folder.path() / "prometheus.log";
    const ChildProcess prometheus(
        {"prometheus", "--config.file=" + (folder.path() / "prometheus.yaml").string(),
         "--storage.tsdb.path=" + (folder.path() / "data").string(),
         fmt::format("--web.listen-address=127.0.0.1:{}", port)},
        options);
    const auto firing = [&] {
        const HttpPage page = http_get(fmt::format("http://127.0.0.1:{}/api/v1/alerts", port));
        return page.says("\"alertname\":\"PostriderCheckCritical\"") &&
               page.says("\"check\":\"channel sms\"");
    };
    EXPECT_TRUE(eventually(firing, patience)) << contents(options.output) << metrics(daemon).body;
}

}  // namespace
}  // namespace postrider::testing
