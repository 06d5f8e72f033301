// `postrider backup` and `restore`: what was there is there again, and sends nothing.
#include "lib/crypto/sealed_bytes.h"
#include "lib/crypto/secret_box.h"
#include "tests/support/base64.h"
#include "tests/system/django.h"
#include "tests/system/folder.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

#include <fstream>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

const std::string raw_key(32, 'k');
const std::string backup_key(32, 'b');
const std::vector<std::string> kept{"simple_messaging_outgoingmessage",
                                    "simple_messaging_outgoingmessagemedia",
                                    "simple_messaging_incomingmessage",
                                    "simple_messaging_incomingmessagemedia",
                                    "simple_messaging_blockedsender",
                                    "postrider.attempt",
                                    "postrider.attempt_history",
                                    "postrider.retry",
                                    "postrider.enqueued",
                                    "postrider.suppression"};

class BackupTest : public SystemTest {
protected:
    std::string settings(const Site& of, const std::string& media, const std::string& more = "") {
        return configuration(
            of.url(), twilio_channel(twilio.base_url()),
            fmt::format("encryption: {{ secret_key: \"{}\", encrypt: [addresses, text] }}\n"
                        "media: {{ root: {} }}\n{}",
                        base64(raw_key), (folder.path() / media).string(),
                        more.empty() ? "backup: { secret_key: \"" + base64(backup_key) + "\" }\n" : more));
    }
    Ran back_up(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "backup");
        return postrider_with(folder.write("from.yaml", settings(site, "media")), std::move(arguments));
    }
    Ran restore(const Site& into, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "restore");
        arguments.insert(arguments.end(), {"--database", into.url(owner_role)});
        return postrider_with(folder.write("into.yaml", settings(into, "restored")), std::move(arguments));
    }
    /// The one that was made last.
    fs::path made(const std::string& in = "backups") {
        fs::path last;
        for (const auto& each : fs::directory_iterator(folder.path() / in))
            last = std::max(last, each.path());
        return last;
    }
    /// Its file with this in its name.
    fs::path find(const std::string& kind) {
        for (const auto& each : fs::directory_iterator(made())) {
            if (each.path().filename().string().find(kind) != std::string::npos) return each.path();
        }
        return {};
    }
    /// Sent and waiting messages, files, replies, and whom nothing is sent.
    void live() {
        fs::create_directories(folder.path() / "media/outgoing_message_media");
        folder.write("media/outgoing_message_media/a.png", std::string(5000, 'p'));
        DaemonProcess daemon(settings(site, "media"));
        const MessageId sent = site.insert({.destination = "+13125557701", .message = "Zebra {{ 1 }}"});
        ASSERT_TRUE(site.wait_for_end(sent)) << daemon.log();
        site.insert({.destination = SecretBox{Secret(raw_key)}.seal("+13125557702"), .send_in = 24h});
        site.execute(
            "insert into simple_messaging_outgoingmessagemedia (\"index\", content_file, content_type, "
            "message_id) "
            "select 0, 'outgoing_message_media/a.png', 'image/png', id from "
            "simple_messaging_outgoingmessage; "
            "insert into simple_messaging_incomingmessage (sender, recipient, message, receive_date, "
            "transmission_metadata) values ('secret:AAAA', '+15550100', E'Yes\\n\"ü\"', now(), '{}'); "
            "select postrider.enqueue('+13125557703', 'later', now() + interval '1 day', idempotency_key => "
            "'k')");
        EXPECT_EQ(
            postrider_with(daemon.config_file(), {"suppressions", "add", "+13125557709", "--all"}).exit_code,
            0);
        EXPECT_EQ(daemon.stop(), 0);
    }
    static std::string content(Site& of, const std::string& table) {
        Site* const site = &of;
        return site->value("select coalesce(string_agg(t::text, E'\\n' order by t::text), '') from " + table +
                           " t");
    }

    Folder folder;
};

TEST_F(BackupTest, ARestoredDatabaseIsEqualAndSendsNothingUntilSomebodySaysSo) {
    live();
    const Ran ran = back_up({"--to-folder", (folder.path() / "backups").string()});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("1 files of messages"));
    Site restored(shared_server(), Site::Tables::none);
    const Ran back = restore(restored, {made().string(), "--grant", daemon_role});
    ASSERT_EQ(back.exit_code, 0) << back.err;
    EXPECT_THAT(back.out, HasSubstr("compared with the backup: equal"));
    for (const std::string& table : kept) EXPECT_EQ(content(restored, table), content(site, table)) << table;
    EXPECT_EQ(contents(folder.path() / "restored/outgoing_message_media/a.png"), std::string(5000, 'p'));

    // What is due leaves only once an operator has said that this is the database.
    restored.execute("update simple_messaging_outgoingmessage set send_date = now() where sent_date is null");
    DaemonProcess daemon(configuration(restored.url(), twilio_channel(twilio.base_url()),
                                       "encryption: { secret_key: \"" + base64(raw_key) + "\" }\n"));
    ASSERT_TRUE(daemon.wait_for_status("restored from a backup of")) << daemon.status().body;
    EXPECT_THAT(twilio.accepted(), SizeIs(1));
    restored.execute("delete from simple_messaging_outgoingmessagemedia");
    EXPECT_EQ(postrider_with(daemon.config_file(), {"channels", "resume", "--all"}).exit_code, 0);
    EXPECT_TRUE(restored.wait_for_all_ended()) << daemon.log();
    EXPECT_THAT(twilio.accepted(), SizeIs(3));
}

TEST_F(BackupTest, ADamagedBackupIsRefusedBeforeAnythingIsWritten) {
    site.insert({.send_in = 1h});
    ASSERT_EQ(back_up({"--to-folder", (folder.path() / "backups").string()}).exit_code, 0);
    Site into(shared_server(), Site::Tables::none);
    const auto refused = [&] {
        const Ran ran = restore(into, {made().string()});
        EXPECT_EQ(ran.exit_code, 1);
        EXPECT_EQ(into.value("select to_regclass('simple_messaging_outgoingmessage')"), "");
        return ran.err;
    };
    for (const std::string& kind : {std::string("manifest"), std::string("outgoingmessage_")}) {
        const fs::path file = find(kind);
        const std::string sound = contents(file);
        std::string damaged = sound;
        damaged[damaged.size() / 2] ^= 1;
        std::ofstream(file, std::ios::binary) << damaged;
        EXPECT_THAT(refused(), HasSubstr("is damaged")) << file;
        std::ofstream(file, std::ios::binary) << sound;
    }
    EXPECT_EQ(restore(into, {made().string(), "--dry-run"}).exit_code, 0);
    EXPECT_EQ(into.value("select to_regclass('simple_messaging_outgoingmessage')"), "");
}

TEST_F(BackupTest, AnyProgramTakesTheStreamAndItsFailureIsOurs) {
    site.insert({.send_in = 1h});
    const std::string file = (folder.path() / "stream.tar").string();
    Ran ran = back_up({"--to-command", "cat > " + file});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    ran = back_up({"--to-command", "cat > /dev/null; exit 7"});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_THAT(ran.err, HasSubstr("failed with 7"));
    Site into(shared_server(), Site::Tables::none);
    const Ran back = run_program({POSTRIDER_BINARY, "restore", "-", "--database", into.url(owner_role), "-c",
                                  folder.write("into.yaml", settings(into, "restored")).string()},
                                 contents(file));
    EXPECT_EQ(back.exit_code, 0) << back.err;
    EXPECT_EQ(content(into, kept[0]), content(site, kept[0]));
    EXPECT_EQ(run_program({"tar", "tf", file}).exit_code, 0);
}

TEST_F(BackupTest, AFullOneAndWhatCameAfterItMakeTheWhole) {
    site.insert({.send_in = 1h});
    const std::string full = (folder.path() / "full").string(), more = (folder.path() / "more").string();
    ASSERT_EQ(back_up({"--to-folder", full}).exit_code, 0);
    site.insert({.message = "second", .send_in = 1h});
    site.execute("update simple_messaging_outgoingmessage set sent_date = now() where message <> 'second'");
    ASSERT_EQ(back_up({"--to-folder", more, "--from", "2026-01-01"}).exit_code, 0);
    Site into(shared_server(), Site::Tables::none);
    EXPECT_THAT(restore(into, {made("more").string()}).err,
                HasSubstr("name the full backup before it first"));
    const Ran ran = restore(into, {made("full").string(), made("more").string()});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(content(into, kept[0]), content(site, kept[0]));
    EXPECT_THAT(restore(into, {made("full").string()}).err, HasSubstr("is not empty"));
}

TEST_F(BackupTest, WhatMakesNoSenseIsRefusedByName) {
    EXPECT_THAT(back_up({}).err, HasSubstr("--to-folder or --to-command"));
    EXPECT_EQ(back_up({"--to-folder", "x", "--to", "2026-01-01"}).exit_code, 2);
    EXPECT_EQ(back_up({"--to-folder", "x", "--incremental", "--from", "2026-01-01"}).exit_code, 2);
    EXPECT_EQ(back_up({"--to-command", "cat", "--incremental"}).exit_code, 2);
    EXPECT_THAT(back_up({"--to-folder", "-", "--incremental"}).err, HasSubstr("the folder with the backups"));
    const fs::path without = folder.write("without.yaml", settings(site, "media", "phone_region: US\n"));
    EXPECT_THAT(postrider_with(without, {"backup", "--to-folder", "x"}).err,
                HasSubstr("no backup.secret_key"));
    EXPECT_THAT(postrider_with(without, {"restore", "x"}).err, HasSubstr("no backup.secret_key"));
}

TEST_F(BackupTest, DjangoLoadsWhatWasDecrypted) {
    if (const std::string obstacle = django_obstacle(); !obstacle.empty()) GTEST_SKIP() << obstacle;
    site.insert({.message = "Grüße", .send_in = 1h});
    ASSERT_EQ(back_up({"--to-folder", (folder.path() / "backups").string()}).exit_code, 0);
    const auto opened = open_bytes(Secret(backup_key), contents(find("outgoingmessage_")));
    ASSERT_TRUE(opened);
    const fs::path fixture = folder.write("messages.json.bz2", *opened);
    const std::string before = content(site, kept[0]);
    site.execute("delete from simple_messaging_outgoingmessage");
    const Ran ran =
        run_program({django_python, POSTRIDER_SOURCE_DIR "/tests/django/load.py", fixture.string()}, "",
                    django_environment(site));
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(content(site, kept[0]), before);
}

}  // namespace
}  // namespace postrider::testing
