// Results that are safe on this host's disk while the database is away.
#include "lib/crypto/keyed_hash.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sqlite3.h>

namespace postrider::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class Spool : public SystemTest {
protected:
    /// With a spool that outlives the daemon.
    std::string spooling_config() { return config("", fmt::format("spool: {{ path: {} }}\n", path())); }
    std::string path() const { return (folder.path() / "spool").string(); }

    /// The provider accepts a message while the database is away, and the daemon is killed then.
    void leave_result_in_spool(MessageId& id) {
        twilio.next(TwilioBehaviour::slow(500ms));
        id = site.insert();
        DaemonProcess daemon(spooling_config());
        ASSERT_TRUE(twilio.wait_for_requests(1, patience)) << daemon.log();
        const ServerStopped stopped(site.server(), SIGINT);
        ASSERT_TRUE(daemon.wait_for_status("1 of them are safe in the spool")) << daemon.status().body;
        daemon.kill();
    }
    /// That the message was recorded as sent, as the provider accepted it, and left once.
    void expect_sent_once(MessageId id) {
        EXPECT_TRUE(site.row(id).ended_well()) << site.row(id).metadata.value_or("");
        ASSERT_THAT(twilio.accepted(), SizeIs(1));
        EXPECT_THAT(site.row(id).metadata.value_or(""), HasSubstr(twilio.accepted().front().sid));
        EXPECT_EQ(site.value(fmt::format("select string_agg(verdict || ' ' || provider_id, ',') from "
                                         "postrider.attempt_history where message_id = {}",
                                         id)),
                  "sent " + twilio.accepted().front().sid);
    }

    /// As versions before did that knew no more of a database than its salt.
    void bind_spool_by_salt_alone() {
        std::string salt;
        const std::string digits = site.value("select encode(hash_salt, 'hex') from postrider.installation");
        for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
            salt += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
        }
        const Hash name = KeyedHash(Secret(salt))("spool", "identity");
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open((path() + "/spool.sqlite").c_str(), &database), SQLITE_OK);
        const std::string rebind = fmt::format("update binding set identity = '{:02x}'", fmt::join(name, ""));
        EXPECT_EQ(sqlite3_exec(database, rebind.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(database);
    }

    Folder folder;
};

TEST_F(Spool, WhatTheProviderAcceptedWhileTheDatabaseWasAwayOutlivesAKill) {
    MessageId id = 0;
    ASSERT_NO_FATAL_FAILURE(leave_result_in_spool(id));
    DaemonProcess next(spooling_config());
    ASSERT_TRUE(site.wait_for_end(id)) << next.log();
    expect_sent_once(id);
    EXPECT_TRUE(next.log_says("an earlier run kept results")) << next.log();
    EXPECT_TRUE(next.wait_for_status("OK recorder: 0 results to write")) << next.status().body;
    EXPECT_THAT(next.log(), Not(HasSubstr("a doubt is over")));
}

TEST_F(Spool, OneResultThatTheDatabaseRefusesKeepsNothingElseFromBeingRecordedOrLookedInto) {
    MessageId id = 0;
    ASSERT_NO_FATAL_FAILURE(leave_result_in_spool(id));
    site.execute(
        fmt::format("alter table simple_messaging_outgoingmessage add constraint odd check (id <> {} "
                    "or sent_date is null)",
                    id));
    MessageId doubtful = 0;
    {
        // Another daemon, killed in mid-send: its message is a doubt.
        twilio.next(TwilioBehaviour::lose_answer(TwilioBehaviour::Manner::hang, true));
        DaemonProcess other(config());
        doubtful = site.insert({.destination = "+13125550102", .message = "accepted, and no answer"});
        ASSERT_TRUE(twilio.wait_for_requests(2, patience)) << other.log();
        other.kill();
    }
    DaemonProcess daemon(spooling_config());
    ASSERT_TRUE(site.wait_for_end(doubtful)) << daemon.log();
    EXPECT_TRUE(daemon.wait_for_status(fmt::format("message {}): kept in the spool", id)))
        << daemon.status().body;
    EXPECT_EQ(daemon.status().status, 200);
    EXPECT_EQ(
        site.value(fmt::format("select sent_date is null from simple_messaging_outgoingmessage where id "
                               "= {}",
                               id)),
        "t");
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    site.execute("alter table simple_messaging_outgoingmessage drop constraint odd");
    DaemonProcess next(spooling_config());
    ASSERT_TRUE(site.wait_for_end(id)) << next.log();
    EXPECT_TRUE(site.row(id).ended_well());
    EXPECT_THAT(twilio.accepted(), SizeIs(2)) << "neither left twice";
}

TEST_F(Spool, ADaemonThatIsStoppedWhileTheDatabaseIsAwayLosesNothing) {
    twilio.next(TwilioBehaviour::slow(500ms));
    const MessageId id = site.insert();
    {
        DaemonProcess daemon(spooling_config());
        ASSERT_TRUE(twilio.wait_for_requests(1, patience)) << daemon.log();
        const ServerStopped stopped(site.server(), SIGINT);
        EXPECT_EQ(daemon.stop(), 0) << daemon.log();
        EXPECT_THAT(daemon.log(), AllOf(HasSubstr("results could not be recorded; those in the spool"),
                                        HasSubstr("results=1 in_spool=1")));
    }
    DaemonProcess next(spooling_config());
    ASSERT_TRUE(site.wait_for_end(id)) << next.log();
    expect_sent_once(id);
}

TEST_F(Spool, ASecondDaemonOnTheSameFolderIsRefused) {
    DaemonProcess daemon(spooling_config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    DaemonProcess second(spooling_config());
    EXPECT_EQ(second.wait_for_exit(), 2) << second.log();
    EXPECT_THAT(second.log(), AllOf(HasSubstr(path()), HasSubstr("another process uses this spool")));
    EXPECT_TRUE(daemon.running());
}

TEST_F(Spool, AConfiguredFolderThatCannotBeUsedIsRefused) {
    folder.write("file", "in the way");
    DaemonProcess daemon(
        config("", fmt::format("spool: {{ path: {}/spool }}\n", (folder.path() / "file").string())));
    EXPECT_EQ(daemon.wait_for_exit(), 2) << daemon.log();
    EXPECT_THAT(daemon.log(), AllOf(HasSubstr("spool.path"), HasSubstr("is not a folder")));
}

TEST_F(Spool, WithoutAUsableDefaultFolderItSendsAndSaysThatResultsWaitInMemory) {
    const std::string in_the_way = folder.write("file", "in the way").string();
    DaemonProcess daemon(config(), {"STATE_DIRECTORY=" + in_the_way});
    const MessageId id = site.insert();
    ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
    EXPECT_TRUE(daemon.wait_for_status("WARNING spool: results wait in memory only: "))
        << daemon.status().body;
    EXPECT_EQ(daemon.status().status, 200);
}

TEST_F(Spool, ItIsInSystemdsStateFolderUnlessConfiguredElsewhere) {
    DaemonProcess daemon(config(), {"STATE_DIRECTORY=" + folder.path().string()});
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "spool" / "spool.sqlite"));
}

TEST_F(Spool, OneWithResultsOfAnotherDatabaseIsRefusedAndKeptAlsoByACopyOfThatDatabase) {
    MessageId id = 0;
    ASSERT_NO_FATAL_FAILURE(leave_result_in_spool(id));
    Site copy;  // all of this program's are copies of one
    ASSERT_EQ(copy.value("select hash_salt from postrider.installation"),
              site.value("select hash_salt from postrider.installation"));
    DaemonProcess wrong(configuration(copy.url(), twilio_channel(twilio.base_url()),
                                      fmt::format("spool: {{ path: {} }}\n", path())));
    EXPECT_EQ(wrong.wait_for_exit(), 2) << wrong.log();
    EXPECT_THAT(wrong.log(), HasSubstr("holds 1 results or webhooks of another database"));
    DaemonProcess right(spooling_config());
    ASSERT_TRUE(site.wait_for_end(id)) << right.log();
    expect_sent_once(id);
}

TEST_F(Spool, OneThatAnEarlierVersionLeftIsRecorded) {
    MessageId id = 0;
    ASSERT_NO_FATAL_FAILURE(leave_result_in_spool(id));
    ASSERT_NO_FATAL_FAILURE(bind_spool_by_salt_alone());
    DaemonProcess next(spooling_config());
    ASSERT_TRUE(site.wait_for_end(id)) << next.log();
    expect_sent_once(id);
}

TEST_F(Spool, OneThatAnEarlierVersionLeftIsNoneOfADatabaseThatWasMovedToAnotherCluster) {
    MessageId id = 0;
    ASSERT_NO_FATAL_FAILURE(leave_result_in_spool(id));
    ASSERT_NO_FATAL_FAILURE(bind_spool_by_salt_alone());
    site.execute("update postrider.installation set system_identifier = '1'");
    DaemonProcess moved(spooling_config());
    EXPECT_EQ(moved.wait_for_exit(), 2) << moved.log();
    EXPECT_THAT(moved.log(), HasSubstr("holds 1 results or webhooks of another database"));
}

TEST_F(Spool, AnotherFolderTakesEffectAtARestartAndTheStatusSaysSo) {
    DaemonProcess daemon(spooling_config());
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    ASSERT_TRUE(daemon.reload(config("", "spool: { path: /elsewhere }\n")));
    EXPECT_TRUE(daemon.wait_for_status("they take effect at a restart")) << daemon.status().body;
}

}  // namespace
}  // namespace postrider::testing
