// Jobs that are commands of Postrider's own, with their keys: backups, transcripts, media.
#include "tests/support/base64.h"
#include "tests/system/media_in_test.h"
#include "tests/system/tiny_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <fstream>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
namespace fs = std::filesystem;

class TaskJobsTest : public MediaInTest {
protected:
    static inline const std::string backup_key =
        "backup: { secret_key: \"" + base64(std::string(32, 'b')) + "\" }\n";

    /// Names in a folder of ours, in their order.
    std::vector<std::string> names_in(const std::string& name) const {
        std::vector<std::string> names;
        if (!fs::exists(root.path() / name)) return names;
        for (const auto& each : fs::directory_iterator(root.path() / name))
            names.push_back(each.path().filename());
        std::sort(names.begin(), names.end());
        return names;
    }
    bool runs(const std::string& job, const std::string& status = "success") {
        return site.wait_for(fmt::format(
            "select count(*) > 0 from postrider.job_run where job = '{}' and status = '{}'", job, status));
    }
    std::string said(const std::string& job) {
        return site.value(
            fmt::format("select reason || ': ' || output from postrider.job_run where job = '{}' order by id "
                        "desc limit 1",
                        job));
    }
};

TEST_F(TaskJobsTest, AFullBackupAndWhatCameAfterItAreWhatRestoreTakes) {
    site.insert({.send_in = 1h});
    const std::string backups = (root.path() / "backups").string();
    const std::string job = fmt::format("task: backup, to_folder: {}", backups);
    DaemonProcess daemon(
        config("", backup_key + fmt::format("jobs: [{{ name: full, {}, every: 1h }}]\n", job)));
    ASSERT_TRUE(runs("full")) << said("full") << daemon.log();
    site.insert({.message = "second", .send_in = 1h});
    // What a spool held back: it ended long before the full backup, and came into the database after it.
    site.execute(
        "set postrider.guard = off; insert into simple_messaging_outgoingmessage (destination, send_date, "
        "sent_date, message, errored, transmission_metadata) values ('+13125550123', now() - interval '9 h', "
        "now() - interval '8 h', 'late', false, '{}')");
    ASSERT_TRUE(daemon.reload(config(
        "",
        backup_key + fmt::format("jobs: [{{ name: nightly, {}, incremental: true, every: 1s }}]\n", job))));
    ASSERT_TRUE(site.wait_for(
        "select count(*) > 1 from postrider.job_run where job = 'nightly' and status = 'success'"))
        << said("nightly");
    EXPECT_EQ(daemon.stop(), 0);
    std::vector<std::string> taken;
    for (const std::string& name : names_in("backups")) {
        if (name.starts_with("20")) taken.push_back(fs::path(backups) / name);
    }
    ASSERT_GE(taken.size(), 2u);
    Site into(shared_server(), Site::Tables::none);
    std::vector<std::string> arguments{"restore", backups + "/" + names_in("backups").back()};
    arguments.insert(arguments.end(), taken.begin(), taken.end());
    arguments.insert(arguments.end(), {"--database", into.url(owner_role)});
    const Ran ran = postrider_with(daemon.config_file(), std::move(arguments));
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(into.value("select string_agg(message, ' ' order by id) from simple_messaging_outgoingmessage"),
              "Visit at 9:00 second late");
}

TEST_F(TaskJobsTest, OnAFullDiskABackupIsAnErrorAndNothingIsLeftOfIt) {
    const TinyDisk disk;
    if (!disk.mounted()) GTEST_SKIP() << "no disk can be mounted here";
    site.insert({.send_in = 1h});
    disk.fill();
    DaemonProcess daemon(config(
        "", backup_key + fmt::format("jobs: [{{ name: full, task: backup, to_folder: {}, every: 1h }}]\n",
                                     disk.path().string())));
    ASSERT_TRUE(runs("full", "error")) << daemon.log();
    EXPECT_THAT(said("full"), HasSubstr("No space left on device"));
    disk.empty();
    EXPECT_TRUE(fs::is_empty(disk.path()));
}

TEST_F(TaskJobsTest, OfABackupWhoseDaemonDiesNothingHasItsNameAndTheNextOneTakesItAway) {
    const fs::path file = root.path() / "large.bin";
    std::ofstream(file) << "x";
    fs::resize_file(file, std::size_t{400} << 20);
    site.insert({.send_in = 1h});
    site.execute(
        "insert into simple_messaging_outgoingmessagemedia (\"index\", content_file, content_type, "
        "message_id) "
        "select 0, 'large.bin', 'image/png', id from simple_messaging_outgoingmessage");
    const std::string text =
        config("", backup_key + fmt::format("media: {{ root: {} }}\njobs: [{{ name: full, task: backup, "
                                            "to_folder: {}, every: 1h }}]\n",
                                            root.path().string(), (root.path() / "backups").string()));
    {
        DaemonProcess daemon(text);
        ASSERT_TRUE(eventually([&] { return names_in("backups").size() == 1; })) << daemon.log();
        daemon.kill();
    }
    EXPECT_THAT(names_in("backups"), ElementsAre(StartsWith(".unfinished-all__")));
    fs::resize_file(file, 1000);
    DaemonProcess next(text);
    ASSERT_TRUE(runs("full", "interrupted")) << next.log();
    EXPECT_EQ(postrider_with(next.config_file(), {"jobs", "run", "full"}).exit_code, 0);
    ASSERT_TRUE(runs("full")) << said("full");
    EXPECT_THAT(names_in("backups"), ElementsAre(StartsWith("all__")));
}

/// A zone whose clocks show about noon now: no test meets its midnight.
std::string noon_zone() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto hour = std::chrono::floor<std::chrono::hours>(now).count() % 24;
    return fmt::format("Etc/GMT{:+}", hour - 12);
}

TEST_F(TaskJobsTest, EachDayHasItsTranscriptWhichIsWrittenAnew) {
    site.execute(
        "insert into simple_messaging_incomingmessage (sender, recipient, message, receive_date, "
        "transmission_metadata) values ('+13125557788', '+15550100', 'Yes', now() - interval '1 day', '{}'), "
        "('+13125559999', '+15550100', 'Of another', now() - interval '1 day', '{}')");
    const std::string zone = noon_zone();  // of one moment
    const std::string people = root.write("people", "(312) 555-7788\n").string();
    const std::string settings = config(
        "", fmt::format("time_zone: {0}\n"
                        "encryption: {{ secret_key: \"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\", "
                        "encrypt: [addresses, text] }}\njobs:\n"
                        "  - {{ name: daily, task: export, to_folder: {1}, every: 1h }}\n"
                        "  - {{ name: days, task: export, to_folder: {1}, days: 2, format: csv, addresses: "
                        "clear, decrypt: true, participants: {2}, every: 1h, queue: other }}\n",
                        zone, (root.path() / "out").string(), people));
    const Ran encrypted =
        postrider_with(root.write("encrypt.yaml", settings), {"encrypt", "--database", site.url(owner_role)});
    ASSERT_EQ(encrypted.exit_code, 0) << encrypted.err;
    DaemonProcess daemon(settings);
    ASSERT_TRUE(runs("daily") && runs("days")) << said("daily") << said("days");
    const auto name = [&](int days_ago, const std::string& ending) {
        return site.value(
            fmt::format("select 'transcripts_' || ((now() at time zone '{}')::date - {}) || '{}'", zone,
                        days_ago, ending));
    };
    EXPECT_THAT(names_in("out"), ElementsAre(name(2, ".csv"), name(1, ".csv"), name(1, ".tsv")));
    const fs::path file = root.path() / "out" / name(1, ".tsv");
    EXPECT_THAT(contents(file),
                AllOf(HasSubstr("+1XXXXX57788\tSystem"), HasSubstr("+1XXXXX59999"), Not(HasSubstr("Yes"))));
    EXPECT_THAT(contents(root.path() / "out" / name(1, ".csv")),
                AllOf(HasSubstr("+13125557788,System"), HasSubstr("Yes"), Not(HasSubstr("9999"))));
    site.execute("update simple_messaging_incomingmessage set message = 'No'");
    EXPECT_EQ(postrider_with(daemon.config_file(), {"jobs", "run", "daily"}).exit_code, 0);
    EXPECT_TRUE(eventually([&] { return contents(file).find("\tNo\t") != std::string::npos; }));
}

TEST_F(TaskJobsTest, WhatTwilioCouldNotGiveForTooLongIsHereAfterAll) {
    DaemonProcess daemon(
        inbound_config("", fmt::format("media: {{ root: {}, fetch_expire: 0s }}\n", root.path().string())));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    TwilioRequest message;
    message.arrived = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    message.direction = "inbound";
    message.media_count = 1;
    twilio.remember(std::move(message));
    const std::string id = twilio.accepted().back().sid;
    ServerAnswer away;
    away.status = 503;
    twilio.next_file(away);
    Fields fields = with_media(
        1, {fmt::format("{}/2010-04-01/Accounts/{}/Messages/{}/Media/ME1", twilio.base_url(), account, id)});
    fields["MessageSid"] = id;
    EXPECT_EQ(post(daemon, fields).status, 200);
    ASSERT_TRUE(eventually([&] { return failed() == 1; })) << daemon.log();
    EXPECT_THAT(errors(), HasSubstr("status 503"));
    const Ran ran = postrider_with(daemon.config_file(), {"media", "fetch-again"});
    EXPECT_EQ(ran.out, "1 files are fetched again\n") << ran.err;
    EXPECT_TRUE(eventually([&] { return stored() == 1; })) << daemon.log();
    EXPECT_EQ(errors(), "");
}

TEST_F(TaskJobsTest, FilesThatCouldNotBeHadAreFetchedAgainAndNoOthers) {
    std::atomic<bool> works{false};
    ByteServer provider([&](const std::string& path, Connection& connection) {
        if (!works && path == "/broken") return connection.answer(410, "text/plain", "gone");
        give_gif(connection);
    });
    const std::string before = media_config(provider);
    DaemonProcess daemon(before);
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    post(daemon, with_media(1, {provider.url() + "/broken", provider.url() + "/sound"}));
    ASSERT_TRUE(all_ended()) << daemon.log();
    EXPECT_EQ(failed(), 1);
    EXPECT_THAT(errors(), HasSubstr("\"index\":0"));
    works = true;
    EXPECT_THAT(postrider_with(daemon.config_file(), {"media", "fetch-again", "--dry-run"}).out,
                HasSubstr("1 files would be fetched again"));
    ASSERT_TRUE(daemon.reload(before + "jobs: [{ name: media, task: media, every: 1h }]\n"));
    ASSERT_TRUE(runs("media")) << said("media");
    EXPECT_THAT(said("media"), HasSubstr("1 files are fetched again"));
    ASSERT_TRUE(eventually([&] { return stored() == 2; })) << daemon.log();
    ASSERT_TRUE(all_ended());
    EXPECT_EQ(errors(), "");
    EXPECT_EQ(provider.requests_of("/sound"), 1u);
    EXPECT_EQ(postrider_with(daemon.config_file(), {"media", "fetch-again", "--json"}).out,
              "{\"queued\":0,\"left\":0}\n");
    EXPECT_EQ(postrider_with(daemon.config_file(), {"media", "fetch-again", "--since", "soon"}).exit_code, 2);
    EXPECT_EQ(postrider_with(daemon.config_file(), {"media"}).exit_code, 2);
}

}  // namespace
}  // namespace postrider::testing
