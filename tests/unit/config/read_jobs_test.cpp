#include "lib/config/read_config.h"
#include "lib/schedule/iso_time.h"
#include "tests/unit/config/fake_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const FakeKind loopback("loopback");
const TransportKinds kinds{&loopback};

ConfigResult read(const std::string& jobs, const std::string& top = "") {
    return read_config(top + "database: { url: x }\nchannels: [{ name: a, transport: loopback }]\n" + jobs,
                       kinds, environment_of({{"TOKEN", "hunter2"}}));
}

std::vector<JobDefinition> jobs(const std::string& text, const std::string& top = "") {
    const auto result = read(text, top);
    EXPECT_TRUE(result) << lines_of(result.error())[0];
    if (!result) return {};
    EXPECT_THAT(lines_of(result->warnings), IsEmpty());
    return result->config.jobs;
}

std::vector<std::string> problems(const std::string& text) {
    const auto result = read(text);
    if (result) return {};
    return lines_of(result.error());
}

TEST(ReadJobs, WhatIsNotSaidIsTheDefault) {
    const auto read = jobs("jobs: [{ name: nudge, command: [a, b], every: 10s }]\n");
    ASSERT_THAT(read, SizeIs(1));
    EXPECT_EQ(read[0].name, "nudge");
    EXPECT_EQ(read[0].schedule.text(), "every 10s");
    EXPECT_EQ(read[0].queue, "default");
    EXPECT_EQ(read[0].timeout, 1h);
    EXPECT_EQ(read[0].kill_after, 3s);
    EXPECT_EQ(read[0].jitter, 0s);
    EXPECT_EQ(read[0].misfire, Misfire::once);
    EXPECT_THAT(std::get<CommandJob>(read[0].work).command, ElementsAre("a", "b"));
}

TEST(ReadJobs, ACommandHasAUserAFolderAndAnEnvironment) {
    const auto read = jobs(
        "jobs: [{ name: a, command: one, user: www-data, folder: /srv, environment: { A: 1, B: env:TOKEN, C: "
        "'' }, "
        "every: 1m, queue: q, timeout: 0s, kill_after: 10s, jitter: 2s, misfire: catch_up }]\n");
    ASSERT_THAT(read, SizeIs(1));
    const auto& command = std::get<CommandJob>(read[0].work);
    EXPECT_THAT(command.command, ElementsAre("one"));
    EXPECT_EQ(command.user, "www-data");
    EXPECT_EQ(command.folder, "/srv");
    ASSERT_THAT(command.environment, SizeIs(3));
    EXPECT_EQ(command.environment[0].second.reveal(), "1");
    EXPECT_EQ(command.environment[1].second.reveal(), "hunter2");
    EXPECT_EQ(command.environment[2].second.reveal(), "");
    EXPECT_EQ(read[0].timeout, 0s);
    EXPECT_EQ(read[0].misfire, Misfire::catch_up);
}

TEST(ReadJobs, TheOtherKinds) {
    const auto read = jobs(
        "jobs:\n- { name: a, sql: select 1, every: 1s }\n- { name: b, http: { url: https://a.example.org/x, "
        "method: PUT, headers: { Authorization: env:TOKEN }, body: x }, every: 1s }\n"
        "- { name: c, task: encrypt, every: 1d }\n- { name: d, http: { url: https://a.example.org }, every: "
        "1s }\n");
    ASSERT_THAT(read, SizeIs(4));
    EXPECT_EQ(std::get<SqlJob>(read[0].work).sql, "select 1");
    EXPECT_EQ(std::get<HttpJob>(read[1].work).method, "PUT");
    EXPECT_EQ(std::get<HttpJob>(read[1].work).headers.at(0).second.reveal(), "hunter2");
    EXPECT_EQ(std::get<TaskJob>(read[2].work).name, "encrypt");
    EXPECT_EQ(std::get<HttpJob>(read[3].work).method, "POST");
}

TEST(ReadJobs, CalendarsGoByTheGlobalZoneOrTheirOwn) {
    const auto read = jobs(
        "jobs:\n- { name: a, command: x, cron: '0 3 * * *' }\n- { name: b, command: x, cron: '0 3 * * *', "
        "time_zone: "
        "UTC }\n- { name: c, command: x, at: 2026-12-01T03:00 }\n",
        "time_zone: America/Chicago\n");
    ASSERT_THAT(read, SizeIs(3));
    EXPECT_EQ(read[0].schedule.text(), "cron 0 3 * * * (America/Chicago)");
    EXPECT_EQ(read[1].schedule.text(), "cron 0 3 * * * (UTC)");
    EXPECT_EQ(read[2].schedule.text(), "at 2026-12-01T09:00:00.000000Z");
}

TEST(ReadJobs, TheHistoryIsOfThirtyDaysUnlessToldOtherwise) {
    EXPECT_EQ(read("")->config.job_history, 24h * 30);
    EXPECT_EQ(read("job_history: 90m\n")->config.job_history, 2h);
}

TEST(ReadJobs, ABuiltInTaskHasKeysOfItsOwnThatAreOptionsOfItsCommand) {
    const auto found = jobs(
        "jobs:\n  - { name: a, task: sync, every: 10m }\n  - { name: b, task: sync, every: 10m, since: "
        "90s, channels: [sms, two], process: true }\n");
    ASSERT_THAT(found, SizeIs(2));
    EXPECT_THAT(std::get<TaskJob>(found.at(0).work).arguments, ElementsAre("--since", "3600s"));
    EXPECT_THAT(std::get<TaskJob>(found.at(1).work).arguments,
                ElementsAre("--since", "90s", "--channel", "sms", "--channel", "two", "--process"));
    EXPECT_THAT(problems("jobs: [{ name: a, task: encrypt, every: 1h, since: 1h }]\n"),
                ElementsAre(HasSubstr("since")));
}

std::vector<std::string> arguments_of(const std::string& keys) {
    const auto found = jobs("jobs: [{ name: a, every: 1d, " + keys + " }]\n", "time_zone: America/Chicago\n");
    return found.empty() ? std::vector<std::string>() : std::get<TaskJob>(found[0].work).arguments;
}

TEST(ReadJobs, ABackupGoesToAFolderOrAProgramAllOfItOrWhatIsNew) {
    EXPECT_THAT(arguments_of("task: backup, to_folder: /b"), ElementsAre("--to-folder", "/b"));
    EXPECT_THAT(arguments_of("task: backup, to_folder: /b, incremental: true"),
                ElementsAre("--to-folder", "/b", "--incremental"));
    EXPECT_THAT(arguments_of("task: backup, to_command: 'ssh vault', from: 26h"),
                ElementsAre("--to-command", "ssh vault", "--from", "93600s"));
    EXPECT_THAT(problems("jobs: [{ name: a, task: backup, every: 1d }]\n"),
                ElementsAre("3:16: jobs[0].name: has none of to_folder, to_command"));
    EXPECT_THAT(problems("jobs: [{ name: a, task: backup, to_folder: b, every: 1d }]\n"),
                ElementsAre("3:44: jobs[0].to_folder: \"b\" is not a whole path: it begins with /"));
    EXPECT_THAT(problems("jobs: [{ name: a, task: backup, to_folder: /b, to_command: x, every: 1d }]\n"),
                ElementsAre(HasSubstr("jobs[0].to_command: and to_folder exclude each other")));
    EXPECT_THAT(problems("jobs: [{ name: a, task: backup, to_command: x, incremental: true, every: 1d }]\n"),
                ElementsAre(HasSubstr("jobs[0].incremental: goes with to_folder only")));
    EXPECT_THAT(
        problems(
            "jobs: [{ name: a, task: backup, to_folder: /b, incremental: true, from: 1d, every: 1d }]\n"),
        ElementsAre(HasSubstr("jobs[0].from: and incremental exclude each other")));
    EXPECT_THAT(problems("jobs: [{ name: a, task: backup, to_folder: /b, from: monday, every: 1d }]\n"),
                ElementsAre(HasSubstr("3:54: jobs[0].from: \"monday\" is not a duration")));
    EXPECT_THAT(problems("jobs: [{ name: a, command: x, to_folder: /b, every: 1d }]\n"),
                ElementsAre(HasSubstr("jobs[0].to_folder: is not a setting")));
}

TEST(ReadJobs, AnExportWritesDaysByTheClocksOfItsSchedule) {
    EXPECT_THAT(arguments_of("task: export, to_folder: /t"),
                ElementsAre("transcripts", "--to-folder", "/t", "--days", "1", "--format", "tsv",
                            "--addresses", "obfuscated", "--time-zone", "America/Chicago"));
    const auto own = jobs(
        "jobs: [{ name: a, task: export, to_folder: /t, days: 3, format: jsonl, addresses: clear, decrypt: "
        "true, participants: /p, cron: '@daily', time_zone: UTC }]\n");
    ASSERT_THAT(own, SizeIs(1));
    EXPECT_THAT(
        std::get<TaskJob>(own[0].work).arguments,
        ElementsAre("transcripts", "--to-folder", "/t", "--days", "3", "--format", "jsonl", "--addresses",
                    "clear", "--time-zone", "UTC", "--participants", "/p", "--decrypt"));
    EXPECT_THAT(problems("jobs: [{ name: a, task: export, every: 1d }]\n"),
                ElementsAre(HasSubstr("jobs[0].to_folder")));
    EXPECT_THAT(
        problems(
            "jobs: [{ name: a, task: export, to_folder: /t, days: 0, format: pdf, participants: p, every: "
            "1d }]\n"),
        ElementsAre(HasSubstr("jobs[0].days: "), HasSubstr("jobs[0].format: \"pdf\" is not"),
                    HasSubstr("jobs[0].participants: \"p\" is not a whole path")));
}

TEST(ReadJobs, MediaAreFetchedAgainOfTheLastDays) {
    EXPECT_THAT(arguments_of("task: media"), ElementsAre("fetch-again", "--since", "604800s"));
    EXPECT_THAT(arguments_of("task: media, since: 1d"), ElementsAre("fetch-again", "--since", "86400s"));
}

TEST(ReadJobs, WhatIsWrongIsNamedWithItsPlace) {
    EXPECT_THAT(problems("jobs: [{ name: a, every: soon }]\n"),
                ElementsAre("3:16: jobs[0].name: has none of command, sql, http, task",
                            HasSubstr("3:26: jobs[0].every: \"soon\" is not a duration")));
    EXPECT_THAT(problems("jobs: [{ name: a, command: x }]\n"),
                ElementsAre("3:16: jobs[0].name: has none of every, cron, at"));
    EXPECT_THAT(problems("jobs: [{ name: a, command: x, sql: y, every: 1s, at: 2026-12-01T03:00 }]\n"),
                ElementsAre("3:36: jobs[0].sql: and command exclude each other",
                            "3:54: jobs[0].at: and every exclude each other"));
    EXPECT_THAT(problems("jobs: [{ name: a, command: x, every: 1s }, { name: a, command: x, every: 1s }]\n"),
                ElementsAre("3:52: jobs[1].name: \"a\" is the name of another job"));
    EXPECT_THAT(problems("jobs: [{ name: a, command: x, cron: 0 25 * * * }]\n"),
                ElementsAre("3:37: jobs[0].cron: \"0 25 * * *\": hour: 25 is not between 0 and 23"));
    EXPECT_THAT(problems("jobs: [{ name: a, command: x, at: tomorrow }]\n"),
                ElementsAre(HasSubstr("3:35: jobs[0].at: \"tomorrow\" is not a date and a time")));
    EXPECT_THAT(problems("jobs: [{ name: a, command: x, cron: '@daily', time_zone: Mars/Base }]\n"),
                ElementsAre(HasSubstr("jobs[0].time_zone: \"Mars/Base\" is not a time zone")));
    EXPECT_THAT(problems("jobs: [{ name: a, command: x, every: 1s, time_zone: UTC }]\n"),
                ElementsAre(HasSubstr("jobs[0].time_zone: goes with cron and at only")));
    EXPECT_THAT(problems("jobs: [{ name: a, sql: x, every: 1s, user: root }]\n"),
                ElementsAre("3:44: jobs[0].user: goes with command only"));
    EXPECT_THAT(problems("jobs: [{ name: a, command: [], every: 1s }]\n"),
                ElementsAre(HasSubstr("jobs[0].command: must be a program and its arguments")));
    EXPECT_THAT(problems("jobs: [{ name: a, command: x, folder: srv, every: 1s }]\n"),
                ElementsAre(HasSubstr("jobs[0].folder: \"srv\" is not the whole path")));
    EXPECT_THAT(problems("jobs: [{ name: a, command: x, every: 1ms }]\n"),
                ElementsAre(HasSubstr("3:38: jobs[0].every: ")));
    EXPECT_THAT(problems("jobs: [{ name: a, task: sing, every: 1s }]\n"),
                ElementsAre(HasSubstr("3:25: jobs[0].task: \"sing\" is not")));
    EXPECT_THAT(problems("jobs: [{ name: a, command: x, every: 1s, misfire: maybe, evry: 1 }]\n"),
                ElementsAre(HasSubstr("jobs[0].misfire: \"maybe\" is not"),
                            HasSubstr("jobs[0].evry: is not a setting")));
    EXPECT_THAT(
        problems("jobs: [{ name: a, http: { url: x, headers: { \"A:\": b } }, every: 1s }]\n"),
        ElementsAre(HasSubstr("jobs[0].http.url: "), HasSubstr("jobs[0].http.headers.A:: is no header")));
}

}  // namespace
}  // namespace postrider
