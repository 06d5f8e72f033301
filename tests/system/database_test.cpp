// PostgreSQL away, back again, and restarted under the daemon's feet.
#include "tests/system/system_test.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <map>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

class DatabaseAway : public SystemTest {};

TEST_F(DatabaseAway, AtTheStartItKeepsTryingSaysSoAndWorksOnceTheDatabaseIsThere) {
    const MessageId id = site.insert();
    std::optional<ServerStopped> stopped(std::in_place, site.server(), SIGINT);
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_for_log("the database is away; trying on", 2)) << daemon.log();
    EXPECT_EQ(http_get(daemon.url() + "/health").status, 200);
    EXPECT_EQ(http_get(daemon.url() + "/media/x").status, 503) << "who asks another host may find it there";
    const HttpPage page = daemon.status();
    EXPECT_EQ(page.status, 503);
    EXPECT_THAT(page.first_line(),
                AllOf(StartsWith("POSTRIDER CRITICAL - database: "), HasSubstr("connect")));
    stopped.reset();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(daemon.wait_for_status("POSTRIDER OK")) << daemon.status().body;
}

TEST_F(DatabaseAway, StoppingWhileTheDatabaseIsAwayTakesNoTime) {
    const ServerStopped stopped(site.server(), SIGINT);
    DaemonProcess daemon(config());
    ASSERT_TRUE(daemon.wait_for_log("the database is away; trying on")) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

/// A server of its own, which is set to answer a COMMIT before it is kept (synchronous_commit = off), as
/// hurried operators do.
class DatabaseRestart : public ::testing::TestWithParam<int> {
protected:
    Server server;
    Site site{server};
    TwilioImitation twilio;
};

TEST_P(DatabaseRestart, InMidRunCostsNoMessageAndDoublesNone) {
    constexpr int messages = 300;
    constexpr int numbers = 30;
    twilio.by_default(TwilioBehaviour::slow(20ms));
    std::vector<NewRow> rows;
    for (int i = 0; i < messages; ++i) {
        rows.push_back(
            {.destination = fmt::format("+131255507{:02}", i % numbers), .message = fmt::format("{}", i)});
    }
    site.insert_all(rows);
    DaemonProcess daemon(configuration(site.url(), twilio_channel(twilio.base_url())));
    ASSERT_TRUE(twilio.wait_for_accepted(60, patience)) << daemon.log();
    { const ServerStopped stopped(server, GetParam()); }
    ASSERT_TRUE(twilio.wait_for_accepted(90, patience)) << daemon.log();
    { const ServerStopped stopped(server, GetParam()); }
    ASSERT_TRUE(site.wait_for_all_ended()) << daemon.log();

    std::map<std::string, std::vector<int>> by_number;
    std::map<std::string, int> times;
    for (const TwilioRequest& request : twilio.accepted()) {
        ++times[request.body];
        by_number[request.to].push_back(std::stoi(request.body));
    }
    for (const auto& [text, count] : times) EXPECT_EQ(count, 1) << text;
    for (const auto& [number, texts] : by_number)
        EXPECT_TRUE(std::is_sorted(texts.begin(), texts.end())) << number;
    int in_doubt = 0;
    for (const Row& row : site.rows()) {
        if (!row.errored) {
            EXPECT_EQ(times[row.message], 1) << row.message << " is recorded as sent";
            continue;
        }
        ++in_doubt;
        EXPECT_THAT(row.metadata.value_or(""), HasSubstr("in doubt"));
    }
    EXPECT_LE(in_doubt, 16) << "no more than were in flight";
    EXPECT_TRUE(daemon.running());
    EXPECT_TRUE(daemon.wait_for_status("OK membership")) << daemon.status().body;
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

INSTANTIATE_TEST_SUITE_P(, DatabaseRestart, ::testing::Values(SIGINT, SIGQUIT),
                         [](const auto& signal) { return signal.param == SIGINT ? "Fast" : "Immediate"; });

TEST_F(DatabaseAway, AnAnswerThatComesMeanwhileIsRecordedWhenItIsBack) {
    twilio.next(TwilioBehaviour::slow(500ms));
    DaemonProcess daemon(config());
    const MessageId id = site.insert();
    ASSERT_TRUE(twilio.wait_for_requests(1, patience)) << daemon.log();
    {
        const ServerStopped stopped(site.server(), SIGINT);
        ASSERT_TRUE(daemon.wait_for_log("cannot record results; trying on")) << daemon.log();
        ASSERT_TRUE(daemon.wait_for_status("CRITICAL recorder: 1 results cannot be written"));
    }
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(site.row(id).ended_well());
    EXPECT_EQ(twilio.accepted_count(), 1u);
}

}  // namespace
}  // namespace postrider::testing
