// What operators do to channels, and what a copy of a database does to all of them.
#include "lib/store/channel_actions.h"

#include "lib/store/installation.h"
#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

#include <future>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct ChannelActionsTest : OutboxLoopTest {
    std::vector<Suspension> suspensions() { return result_of(outbox->read_suspensions()); }
    std::vector<std::string> names() {
        std::vector<std::string> names;
        for (const Suspension& each : suspensions()) names.push_back(each.channel);
        return names;
    }
    std::size_t granted_on(const std::string& channel) {
        ClaimRequest wanted = request(read(insert()));
        wanted.channel = channel;
        return claims_granted(wanted);
    }

    ChannelActions actions{db.settings()};
};

TEST_F(ChannelActionsTest, NothingOfASuspendedChannelIsClaimedUntilItIsResumed) {
    EXPECT_EQ(actions.suspend("sms", {}, "bad link"), 0);
    EXPECT_EQ(granted_on("sms"), 0u);
    EXPECT_EQ(granted_on("mail"), 1u);
    ASSERT_EQ(suspensions().size(), 1u);
    EXPECT_EQ(suspensions()[0].channel, "sms");
    EXPECT_EQ(suspensions()[0].reason, "bad link");
    EXPECT_EQ(suspensions()[0].until, std::nullopt);
    EXPECT_FALSE(suspensions()[0].copy_found);
    EXPECT_TRUE(actions.resume("sms"));
    EXPECT_EQ(granted_on("sms"), 1u);
    EXPECT_FALSE(actions.resume("sms"));
}

TEST_F(ChannelActionsTest, AllMeansAll) {
    actions.suspend("", {}, "");
    EXPECT_EQ(granted_on("sms"), 0u);
    EXPECT_EQ(granted_on("mail"), 0u);
    actions.suspend("sms", {}, "");
    EXPECT_THAT(names(), ElementsAre("", "sms"));
    actions.resume("sms");
    EXPECT_EQ(granted_on("sms"), 0u) << "all are suspended still";
    actions.suspend("sms", {}, "");
    EXPECT_TRUE(actions.resume(""));
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_EQ(granted_on("sms"), 1u);
}

TEST_F(ChannelActionsTest, ASuspensionWithAnEndEndsByItself) {
    actions.suspend("sms", 2h, "");
    const auto until = suspensions().at(0).until;
    ASSERT_TRUE(until);
    EXPECT_GT(*until, db.now() + 119min);
    EXPECT_LE(*until, db.now() + 2h);
    EXPECT_EQ(granted_on("sms"), 0u);
    db.script("update postrider.suspension set until = now() - interval '1 second'");
    EXPECT_THAT(suspensions(), IsEmpty());
    EXPECT_EQ(granted_on("sms"), 1u);
}

TEST_F(ChannelActionsTest, SaidAgainTheLastWordCounts) {
    actions.suspend("sms", 1h, "first");
    actions.suspend("sms", {}, "second");
    ASSERT_EQ(suspensions().size(), 1u);
    EXPECT_EQ(suspensions()[0].reason, "second");
    EXPECT_EQ(suspensions()[0].until, std::nullopt);
}

TEST_F(ChannelActionsTest, SuspendingTellsHowManyRequestsAreUnderWay) {
    insert_and_claim();
    insert_and_claim();
    EXPECT_EQ(actions.suspend("test", {}, ""), 2);
    EXPECT_EQ(actions.suspend("sms", {}, ""), 0);
    EXPECT_EQ(actions.suspend("", {}, ""), 2);
}

TEST_F(ChannelActionsTest, SuspendingWaitsForAClaimUnderWay) {
    const auto daemon = db.connect();
    pqxx::work claiming(*daemon);
    claiming.exec("select from postrider.suspension");  // as every claim does
    auto suspending = std::async(std::launch::async, [&] { return actions.suspend("", {}, ""); });
    ASSERT_TRUE(run_until([&] {
        return db.number(
                   "select count(*) from pg_stat_activity where datname = current_database() and "
                   "wait_event_type = 'Lock'") > 0;
    }));
    claiming.exec_params(
        "insert into postrider.attempt (message_id, channel, shard, conversation, daemon_id, "
        "idempotency_key, "
        "first_sent, content_hash, destination) values (1, 'c', 7, '', $1, gen_random_uuid(), now(), '', '')",
        me);
    claiming.commit();
    EXPECT_EQ(suspending.get(), 1);
}

TEST_F(ChannelActionsTest, TheViewSaysWhatADueMessageWaitsFor) {
    const MessageId id = insert(R"(transmission_metadata = '{"message_channel": "sms"}')");
    actions.suspend("mail", {}, "");
    const auto reason = [&] { return db.text("select reason from postrider.messages where id = $1", id); };
    EXPECT_EQ(reason(), "(null)");
    actions.suspend("sms", {}, "bad link");
    EXPECT_EQ(reason(), "suspended: bad link");
}

/// The installation is told that it was made elsewhere, and the session of a daemon begins.
struct CopyTest : ChannelActionsTest {
    CopyTest() { pg.keep_database_from_others(); }

    void pretend(const std::string& set) { db.script("update postrider.installation set " + set); }
    void begin_session() {
        DatabaseSettings settings = db.settings();
        settings.first_statement = suspend_if_copy;
        open_connection(settings);
    }
};

TEST_F(CopyTest, TheDatabaseThatPostriderWasInstalledOnSends) {
    begin_session();
    EXPECT_THAT(suspensions(), IsEmpty());
    EXPECT_EQ(granted_on("sms"), 1u);
}

TEST_F(CopyTest, OneThatHasAnotherServerDatabaseOrTimelineDoesNot) {
    for (const char* difference : {"system_identifier = '1'", "database_id = 1", "timeline = '00000009'",
                                   "system_identifier = null", "timeline = null"}) {
        pretend(difference);
        begin_session();
        ASSERT_EQ(suspensions().size(), 1u) << difference;
        EXPECT_TRUE(suspensions()[0].copy_found);
        EXPECT_THAT(suspensions()[0].reason, HasSubstr("a copy must not send"));
        EXPECT_EQ(granted_on("sms"), 0u);
        actions.resume("");
        begin_session();
        EXPECT_THAT(suspensions(), IsEmpty()) << "it is the one that sends from now on";
    }
}

TEST_F(CopyTest, ATemplatesCopyOnTheSameServerIsOne) {
    db.end_sessions_of(daemon_role);
    db.disconnect();
    pqxx::connection server(cluster().url());
    pqxx::nontransaction session(server);
    const std::string copy = db.name() + "_staging";
    session.exec("create database " + copy + " template " + db.name());
    {
        DatabaseSettings settings;
        settings.url = Secret(cluster().url(copy, daemon_role));
        settings.first_statement = suspend_if_copy;
        const auto connection = open_connection(settings);
        pqxx::nontransaction look(*connection);
        EXPECT_THAT(look.exec("select reason from postrider.suspension")[0][0].c_str(),
                    HasSubstr("another database of the server"));
    }
    session.exec("drop database " + copy);
}

TEST_F(CopyTest, OneChannelResumedDoesNotMakeItSend) {
    pretend("database_id = 1");
    begin_session();
    actions.suspend("", 1h, "");
    EXPECT_FALSE(actions.resume("sms"));
    db.script("update postrider.suspension set until = now() where cause = 'operator'");
    EXPECT_EQ(granted_on("sms"), 0u);
    EXPECT_THAT(names(), ElementsAre(""));
}

TEST_F(CopyTest, ResumingAllBeforeADaemonCameAcceptsItToo) {
    pretend("timeline = '00000009'");
    EXPECT_TRUE(actions.resume(""));
    begin_session();
    EXPECT_THAT(suspensions(), IsEmpty());
}

}  // namespace
}  // namespace postrider::testing
