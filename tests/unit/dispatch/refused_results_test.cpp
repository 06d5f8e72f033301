// Results that the database refuses, whatever it is that refuses them: the rest goes on, and nobody
// concludes otherwise than they say.
#include "tests/support/memory_spool.h"
#include "tests/support/reconciler_test.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using testing::DaemonInMemory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemorySpool;

struct RefusedResultsTest : testing::ReconcilerTest {
    RefusedResultsTest() { spool = &disk; }

    /// The result of a message left open, which the dead daemon kept: accepted as `provider_id`.
    void keep_result(MessageId id, const std::string& provider_id) {
        AttemptResult result;
        result.attempt_id = database.open.at(id).id;
        result.message_id = id;
        result.outcome = Outcome::sent(provider_id, {});
        result.disposition = Disposition::sent;
        result.ended = clock.now();
        disk.kept.push_back(std::move(result));
    }
    DaemonInMemory& start_daemon_that_is_refused(MessageId id) {
        DaemonInMemory& daemon = add_daemon();
        daemon.outbox.poisoned = {id};
        daemon.dispatcher.start();
        settle();
        return daemon;
    }
    static Check sms_check(const DaemonInMemory& daemon) {
        for (Check& check : daemon.dispatcher.checks()) {
            if (check.name == "channel sms") return std::move(check);
        }
        return {};
    }
    bool is_open(MessageId id) const { return database.open.contains(id); }

    MemorySpool disk{io.get_executor()};
};

TEST_F(RefusedResultsTest, WhatElseWasToStandInARowIsGivenUpForTheResult) {
    DaemonInMemory& daemon = add_daemon();
    daemon.outbox.refuses_values = true;
    daemon.dispatcher.start();
    const MessageId one = insert("m", "a");
    const MessageId two = insert("m", "b");
    pass(5s);
    EXPECT_TRUE(is_sent(one));
    EXPECT_TRUE(is_sent(two));
    EXPECT_EQ(row(one).lookup_key, std::nullopt);
}

TEST_F(RefusedResultsTest, OneInTheSpoolKeepsNoOtherDoubtOpen) {
    const MessageId known = left_open("known", "a");
    keep_result(known, "P1");
    const MessageId doubtful = left_open("doubtful", "b");
    provider().lists_records = true;
    provider().known.push_back({"P2", clock.now(), Text("doubtful"), {}});
    start_daemon_that_is_refused(known);
    EXPECT_TRUE(is_sent(doubtful));
    EXPECT_TRUE(is_open(known));
}

/// `lists_records`: the provider has records, and does not show the message; else it cannot be asked.
struct KnownResultTest : RefusedResultsTest, ::testing::WithParamInterface<bool> {};

TEST_P(KnownResultTest, IsConcludedOtherwiseNeitherByRecordsNorByOnDoubt) {
    provider().lists_records = GetParam();
    const MessageId known = left_open("known", "a");
    keep_result(known, "P1");
    DaemonInMemory& daemon = start_daemon_that_is_refused(known);
    pass(30min);
    EXPECT_TRUE(is_open(known));
    EXPECT_FALSE(database.open.at(known).doubt_since) << "a peer would take it up";
    EXPECT_FALSE(row(known).sent_date);
    daemon.outbox.poisoned.clear();
    pass(1min);
    EXPECT_TRUE(is_sent(known));
    ASSERT_EQ(database.history.size(), 1u);
    EXPECT_EQ(database.history.back().end.provider_id, "P1");
    EXPECT_THAT(provider().texts(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutRecords, KnownResultTest, ::testing::Bool());

TEST_F(RefusedResultsTest, TheProvidersRecordOfOneIsTakenForNoOtherOfEqualText) {
    const MessageId known = left_open("same words", "a");
    keep_result(known, "P1");
    database.open.at(known).doubt_since = database.open.at(known).over = clock.now();
    const MessageId doubtful = left_open("same words", "a");
    provider().lists_records = true;
    provider().known.push_back({"P1", clock.now(), Text("same words"), {}});
    start_daemon_that_is_refused(known);
    pass(30s);
    EXPECT_TRUE(is_open(doubtful)) << "P1 is the other's";
}

TEST_F(RefusedResultsTest, OneOfASendHoldsItsConversationAloneAndLeavesNothingTwice) {
    DaemonInMemory& daemon = start_daemon();
    const MessageId bad = insert("bad", "a");
    daemon.outbox.poisoned = {bad};
    settle();
    const MessageId behind = insert("behind", "a");
    const MessageId elsewhere = insert("elsewhere", "b");
    pass(10min);
    EXPECT_THAT(sms_check(daemon).text, HasSubstr(" 1 sent,")) << "what is not recorded is no success yet";
    EXPECT_TRUE(is_sent(elsewhere));
    EXPECT_FALSE(is_sent(behind));
    EXPECT_THAT(disk.ids(), ElementsAre(database.open.at(bad).id));
    daemon.outbox.poisoned.clear();
    pass(2min);
    EXPECT_TRUE(is_sent(bad));
    EXPECT_TRUE(is_sent(behind));
    EXPECT_EQ(times_left("bad"), 1u);
}

TEST_F(RefusedResultsTest, OneThatEndsADoubtKeepsNoOtherOfItsChannelOpen) {
    const MessageId bad = left_open("bad", "a");
    const MessageId good = left_open("good", "b");
    provider().lists_records = true;
    provider().known.push_back({"P1", clock.now(), Text("bad"), {}});
    provider().known.push_back({"P2", clock.now(), Text("good"), {}});
    start_daemon_that_is_refused(bad);
    pass(10s);
    EXPECT_TRUE(is_sent(good));
    EXPECT_TRUE(is_open(bad));
}

TEST_F(RefusedResultsTest, ADaemonWithOneStopsWithoutDelay) {
    DaemonInMemory& daemon = start_daemon();
    daemon.outbox.poisoned = {insert("bad", "a")};
    settle();
    group.spawn("stop", stop_within(daemon.dispatcher, 10s));
    settle();
    EXPECT_EQ(stopped, 1);
    ended.insert(&daemon);
    EXPECT_THAT(disk.ids(), ElementsAre(1));
}

}  // namespace
}  // namespace postrider
