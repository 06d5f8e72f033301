// Settings of the whole that no other test of the daemon has: from the file to what comes of it.
#include "tests/support/server_thread.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>
#include <unistd.h>

#include <mutex>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Settings : public SystemTest {
protected:
    const Folder folder;
};

TEST_F(Settings, OnlyToLetsNothingOutToAnybodyElse) {
    DaemonProcess daemon(config("", "delivery: only\nonly_to: [\"+13125550101\"]\n"));
    const MessageId other = site.insert({.destination = "+13125550102", .message = "to somebody else"});
    const MessageId mine = site.insert({.destination = "+13125550101", .message = "to me"});
    ASSERT_TRUE(site.wait_for_end(mine)) << daemon.log();
    EXPECT_TRUE(daemon.wait_for_status("1 left waiting: ")) << daemon.status().body;
    EXPECT_TRUE(site.row(other).waits());
    EXPECT_THAT(all_texts(), ElementsAre("to me"));
}

TEST_F(Settings, PhoneRegionTellsThatTwoSpellingsAreOneNumber) {
    DaemonProcess daemon(config("    recipient_max: 1/h\n", "phone_region: DE\n"));
    const MessageId first = site.insert({.destination = "+491711234567"});
    ASSERT_TRUE(site.wait_for_end(first)) << daemon.log();
    const MessageId second = site.insert({.destination = "0171 1234567"});
    EXPECT_TRUE(daemon.wait_for_status("got recipient_max, and more waits for them")) << daemon.status().body;
    EXPECT_TRUE(site.row(second).waits());
}

TEST_F(Settings, TheListenerIsAtItsAddressOnly) {
    std::string text = config();
    text.replace(text.find("port: 0"), 7, "port: 0\n  address: 127.0.0.2");
    DaemonProcess daemon(text);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    const std::string port = daemon.url().substr(daemon.url().rfind(':'));
    const auto check = [&](const std::string& host) {
        return postrider_command({"check", "--url", "http://" + host + port + "/status"}).out;
    };
    EXPECT_THAT(check("127.0.0.2"), HasSubstr("POSTRIDER OK"));
    EXPECT_THAT(check("127.0.0.1"), HasSubstr("no answer"));
}

TEST_F(Settings, CronIsPlannedByTheCalendar) {
    DaemonProcess daemon(config("", "jobs: [{ name: new year, cron: \"30 3 1 1 *\", sql: select 1 }]\n"));
    ASSERT_TRUE(site.wait_for("select count(*) = 1 from postrider.job where due is not null"))
        << daemon.log();
    EXPECT_EQ(site.value("select to_char(due at time zone 'UTC', 'MM-DD HH24:MI') from postrider.job"),
              "01-01 03:30");
}

TEST_F(Settings, AJobsRequestHasItsMethodHeadersAndBody) {
    std::mutex mutex;
    std::vector<std::string> requests;
    ServerThread application{[&](ServerRequest request) -> Task<ServerAnswer> {
        const std::lock_guard lock(mutex);
        requests.push_back(request.method + " " + std::string(request.header("x-study")) + " " +
                           request.body);
        co_return ServerAnswer{};
    }};
    DaemonProcess daemon(config(
        "", fmt::format("jobs:\n  - {{ name: tick, every: 1h, http: {{ url: \"{}\", method: PUT, headers: {{ "
                        "X-Study: file:{} }}, body: now }} }}\n",
                        application.url(), folder.write("study", "seven").string())));
    ASSERT_TRUE(site.wait_for("select count(*) = 1 from postrider.job_run where status = 'success'"))
        << daemon.log();
    EXPECT_THAT(requests, ElementsAre("PUT seven now"));
}

TEST_F(Settings, JitterPutsAStartOffAndLeavesTheSchedule) {
    DaemonProcess daemon(config("", "jobs: [{ name: late, every: 1h, jitter: 30m, sql: select 1 }]\n"));
    ASSERT_TRUE(site.wait_for("select count(*) = 1 from postrider.job")) << daemon.log();
    // By chance not at all: once in 1,800,000 runs.
    EXPECT_EQ(
        site.value("select next_run > due and next_run <= due + interval '30 minutes' from postrider.job"),
        "t");
}

TEST_F(Settings, AJobGoesByItsOwnTimeZone) {
    DaemonProcess daemon(
        config("",
               "time_zone: UTC\njobs:\n"
               "  - { name: here, at: 2040-01-01T12:00, sql: select 1 }\n"
               "  - { name: there, at: 2040-01-01T12:00, time_zone: Asia/Tokyo, sql: select 1 }\n"));
    ASSERT_TRUE(site.wait_for("select count(*) = 2 from postrider.job")) << daemon.log();
    EXPECT_EQ(
        site.value("select string_agg(to_char(due at time zone 'UTC', 'HH24:MI'), ' ' order by name) from "
                   "postrider.job"),
        "12:00 03:00");
}

TEST_F(Settings, JobHistoryForgetsOldRunsButTheLast) {
    {
        DaemonProcess daemon(config("", "jobs: [{ name: tick, every: 1h, sql: select 1 }]\n"));
        ASSERT_TRUE(site.wait_for("select count(*) = 1 from postrider.job_run where status = 'success'"))
            << daemon.log();
    }
    // Two that are past it, of which one is the last; the next one would be in an hour.
    site.execute(
        "update postrider.job_run set started = now() - interval '3 days', ended = now() - interval '3 "
        "days'");
    site.execute(
        "insert into postrider.job_run (job, queue, daemon_id, key, started, ended, status) "
        "select job, queue, daemon_id, key || ' again', started, ended, status from postrider.job_run");
    DaemonProcess daemon(config("", "job_history: 2d\njobs: [{ name: tick, every: 1h, sql: select 1 }]\n"));
    ASSERT_TRUE(site.wait_for("select count(*) = 1 and min(key) like '% again' from postrider.job_run"))
        << daemon.log();
}

TEST_F(Settings, ACommandRunsAsItsUser) {
    if (::getuid() != 0) GTEST_SKIP() << "only root may run commands as somebody else";
    DaemonProcess daemon(config("", "jobs: [{ name: who, every: 1h, command: [id, -un], user: nobody }]\n"));
    ASSERT_TRUE(site.wait_for("select count(*) = 1 from postrider.job_run where status = 'success'"))
        << daemon.log();
    EXPECT_EQ(site.value("select output from postrider.job_run"), "nobody\n");
}

TEST_F(Settings, ACommandRunsInItsFolder) {
    DaemonProcess daemon(
        config("", fmt::format("jobs: [{{ name: where, every: 1h, command: [pwd], folder: \"{}\" }}]\n",
                               folder.path().string())));
    ASSERT_TRUE(site.wait_for("select count(*) = 1 from postrider.job_run where status = 'success'"))
        << daemon.log();
    EXPECT_EQ(site.value("select output from postrider.job_run"),
              std::filesystem::canonical(folder.path()).string() + "\n");
}

}  // namespace
}  // namespace postrider::testing
