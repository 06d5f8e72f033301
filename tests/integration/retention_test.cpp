#include "lib/store/retention.h"

#include "tests/integration/test_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr std::chrono::hours hundred_days{24 * 100};

struct RetentionTest : ::testing::Test {
    RetentionTest() { db.script("set postrider.guard = off"); }

    /// An outgoing message that ended so long ago.
    void ended(int id, const std::string& ago, bool errored = false) {
        db.sql(
            "insert into simple_messaging_outgoingmessage (id, destination, message, send_date, sent_date, "
            "errored) "
            "values ($1::bigint, '+13125550101', 'Visit', now() - $2::interval, now() - $2::interval, $3)",
            id, ago, errored);
    }
    void received(int id, const std::string& ago) {
        db.sql(
            "insert into simple_messaging_incomingmessage (id, sender, recipient, message, receive_date) "
            "values "
            "($1::bigint, '+13125550101', '+15550100', 'Yes', now() - $2::interval)",
            id, ago);
    }
    void medium(const std::string& kind, int message, const std::string& file) {
        db.sql("insert into simple_messaging_" + kind +
                   "messagemedia (\"index\", content_file, content_type, message_id) values (0, $1, "
                   "'image/png', "
                   "$2::bigint)",
               file, message);
    }
    void attempt(int id, int message, const std::string& ago, const std::string& verdict = "sent") {
        db.sql(
            "insert into postrider.attempt_history (id, message_id, part, parts, channel, daemon_id, "
            "idempotency_key, first_sent, content_hash, claimed, closed, verdict, reason, provider_id, "
            "disposition) "
            "values ($1::bigint, $2::bigint, 1, 1, 'sms', 1, '00000000-0000-0000-0000-000000000001', now(), "
            "'', "
            "now(), now() - $3::interval, $4, '', '', case $4 when 'in_doubt' then 'given_up' else 'sent' "
            "end)",
            id, message, ago, verdict);
    }
    std::string left(const std::string& table) {
        return db.text("select coalesce(string_agg(id::text, ' ' order by id), '') from " + table);
    }
    std::string outgoing() { return left("simple_messaging_outgoingmessage"); }
    std::string incoming() { return left("simple_messaging_incomingmessage"); }

    RetentionReport forget(bool dry_run = false) {
        return forget_old(db.settings(), rules, dry_run, [this](const std::string& name) {
            // Its row is still there: after a crash now, the next run would find it.
            EXPECT_EQ(
                db.number(
                    "select count(*) from (select content_file from simple_messaging_outgoingmessagemedia "
                    "union all select content_file from simple_messaging_incomingmessagemedia) m "
                    "where content_file = $1",
                    name),
                1);
            removed.push_back(name);
            return true;
        });
    }

    TestDatabase db;
    RetentionRules rules{.messages = hundred_days, .journal = hundred_days};
    std::vector<std::string> removed;
};

TEST_F(RetentionTest, WhatEndedBeforeIsForgottenWithItsMediaAndNothingElse) {
    ended(1, "101 days");
    ended(2, "99 days");
    ended(3, "101 days", true);
    received(1, "101 days");
    received(2, "99 days");
    medium("outgoing", 1, "a.png");
    medium("outgoing", 2, "b.png");
    medium("incoming", 1, "c.png");
    medium("incoming", 1, "");
    const RetentionReport counted = forget(true);
    EXPECT_THAT(removed, IsEmpty());
    EXPECT_EQ(outgoing(), "1 2 3");
    for (const RetentionReport& report : {counted, forget()}) {
        EXPECT_EQ(report.outgoing, 2);
        EXPECT_EQ(report.incoming, 1);
        EXPECT_EQ(report.media, 3);
        EXPECT_EQ(report.files, 2);
    }
    EXPECT_THAT(removed, ElementsAre("a.png", "c.png"));
    EXPECT_EQ(outgoing(), "2");
    EXPECT_EQ(incoming(), "2");
    EXPECT_EQ(db.text("select string_agg(content_file, ' ') from simple_messaging_outgoingmessagemedia"),
              "b.png");
}

TEST_F(RetentionTest, WhatHasNotEndedStaysHoweverOldItIs) {
    db.sql(
        "insert into simple_messaging_outgoingmessage (id, destination, message, send_date) values "
        "(1, '+13125550101', 'due', now() - interval '200 days')");
    ended(2, "200 days");
    db.sql(
        "insert into postrider.attempt (message_id, channel, shard, conversation, daemon_id, "
        "idempotency_key, "
        "first_sent, content_hash, destination) values (2, 'sms', 1, '', 1, "
        "'00000000-0000-0000-0000-000000000003', now(), '', '')");
    ended(3, "200 days");
    db.script(
        "insert into postrider.forward (endpoint, event, conversation, message_id) values "
        "('app', 'message.report', 'c', 3), ('app', 'message.received', 'c', 3)");
    for (int id : {1, 2, 3, 4}) received(id, "200 days");
    db.script(
        "insert into postrider.media_fetch (media_id, message_id, channel) values (1, 1, 'sms'); "
        "insert into postrider.incoming_waiting (message_id) values (2)");
    for (int id : {1, 2, 3, 4}) attempt(id, id, "200 days");
    attempt(5, 5, "200 days", "in_doubt");
    attempt(6, 6, "99 days");
    const RetentionReport report = forget();
    EXPECT_EQ(outgoing(), "1 2 3");
    EXPECT_EQ(incoming(), "1 2 3");
    // Those of message 3, which has been sent, and of one that is gone.
    EXPECT_EQ(report.attempts, 2);
    EXPECT_EQ(left("postrider.attempt_history"), "1 2 5 6");
}

TEST_F(RetentionTest, WhatASitesOwnRowsReferToStays) {
    ended(1, "200 days");
    ended(2, "200 days");
    ended(3, "200 days");
    medium("outgoing", 3, "a.png");
    db.script(
        "create table site_note (id int, message_id bigint references simple_messaging_outgoingmessage (id) "
        "deferrable initially deferred, media_id bigint references simple_messaging_outgoingmessagemedia "
        "(id)); "
        "insert into site_note values (1, 1, null), (2, null, 1)");
    forget();
    EXPECT_EQ(outgoing(), "1 3");
    EXPECT_THAT(removed, IsEmpty());
}

TEST_F(RetentionTest, MediaMayGoSoonerThanTheirMessagesAndAFileThatAnotherRowNamesStays) {
    rules = {.messages = {}, .media = std::chrono::hours{24 * 10}, .journal = {}};
    ended(1, "11 days");
    ended(2, "9 days");
    received(1, "11 days");
    medium("outgoing", 1, "a.png");
    medium("outgoing", 1, "shared.png");
    medium("outgoing", 2, "shared.png");
    medium("incoming", 1, "b.png");
    const RetentionReport report = forget();
    EXPECT_THAT(removed, ElementsAre("a.png", "b.png"));
    EXPECT_EQ(report.media, 3);
    EXPECT_EQ(outgoing(), "1 2");
    EXPECT_EQ(db.number("select count(*) from simple_messaging_outgoingmessagemedia"), 1);
}

TEST_F(RetentionTest, ManyGoInBatchesBesideWhoeverHoldsARow) {
    db.script(
        "insert into simple_messaging_outgoingmessage (destination, message, send_date, sent_date) select "
        "'x', 'x', "
        "now() - interval '200 days', now() - interval '200 days' from generate_series(1, 1201)");
    const auto somebody = db.connect();
    pqxx::work writing(*somebody);
    writing.exec("select from simple_messaging_outgoingmessage where id = 700 for update");
    EXPECT_EQ(forget().outgoing, 1200);
    EXPECT_EQ(outgoing(), "700");
    writing.abort();
    EXPECT_EQ(forget().outgoing, 1);
}

TEST_F(RetentionTest, AMonthOfTheJournalThatIsEmptyIsDropped) {
    db.script(
        "create table postrider.attempt_history_2020_01 partition of postrider.attempt_history "
        "for values from ('2020-01-01Z') to ('2020-02-01Z')");
    attempt(1, 1, "100 years");
    db.sql("update postrider.attempt_history set closed = '2020-01-15Z'");
    EXPECT_EQ(db.number("select count(*) from postrider.attempt_history_2020_01"), 1);
    EXPECT_EQ(forget().attempts, 1);
    EXPECT_EQ(db.text("select to_regclass('postrider.attempt_history_2020_01') is null"), "t");
    EXPECT_EQ(db.text("select to_regclass('postrider.attempt_history_other') is null"), "f");
}

}  // namespace
}  // namespace postrider::testing
