#include "lib/store/housekeeping.h"

#include "tests/integration/database_loop_test.h"

namespace postrider::testing {
namespace {

struct HousekeepingTest : DatabaseLoopTest {
    ~HousekeepingTest() override { stop(); }
    void maintain_now() { run(maintain(database)); }
    std::string partitions() {
        return db.text(
            "select string_agg(c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid), ', ' order by "
            "c.relname) "
            "from pg_inherits join pg_class c on c.oid = inhrelid where inhparent = "
            "'postrider.attempt_history'::regclass");
    }
    /// An attempt that ended at `closed`, an SQL expression.
    void insert_history(const std::string& closed) {
        db.script(
            "insert into postrider.attempt_history select 1, 1, 1, 1, 'c', 1, gen_random_uuid(), now(), '', "
            "now(), " +
            closed + ", 'sent', '', ''");
    }

    Database database{io.get_executor(), db.settings()};
};

TEST_F(HousekeepingTest, ThereIsAPartitionForThisMonthAndTheTwoThatFollow) {
    insert_history("now()");
    insert_history("date_trunc('month', now() at time zone 'UTC') + interval '2 months'");
    maintain_now();
    EXPECT_EQ(db.number("select count(*) from postrider.attempt_history_other"), 0);
}

TEST_F(HousekeepingTest, RunAgainItChangesNothing) {
    maintain_now();
    const std::string before = partitions();
    maintain_now();
    EXPECT_EQ(partitions(), before);
}

TEST_F(HousekeepingTest, RowsThatCameBeforeTheirPartitionAreMovedIntoIt) {
    db.script(
        "do $$ declare p text; begin for p in select inhrelid::regclass::text from pg_inherits where "
        "inhparent = "
        "'postrider.attempt_history'::regclass loop if p <> 'postrider.attempt_history_other' then "
        "execute 'drop table ' || p; end if; end loop; end $$");
    insert_history("now()");
    insert_history("now() - interval '1 year'");
    maintain_now();
    EXPECT_EQ(db.number("select count(*) from postrider.attempt_history"), 2);
    EXPECT_EQ(db.number("select count(*) from postrider.attempt_history_other"), 1);
}

TEST_F(HousekeepingTest, MonthsAreTheSameInEveryTimeZone) {
    maintain_now();
    const std::string before = partitions();
    db.script(
        "do $$ declare p text; begin for p in select inhrelid::regclass::text from pg_inherits where "
        "inhparent = "
        "'postrider.attempt_history'::regclass loop if p <> 'postrider.attempt_history_other' then "
        "execute 'drop table ' || p; end if; end loop; end $$");
    db.script("set timezone = 'America/Chicago'; select postrider.maintain(); set timezone = 'UTC'");
    db.script("reset timezone");
    EXPECT_EQ(partitions(), before);
}

TEST_F(HousekeepingTest, ADaemonOfAnyNumberHindersItNot) {
    const auto daemon = db.connect();
    pqxx::nontransaction session(*daemon);
    session.exec("select pg_advisory_lock(x'506f7374'::int, i) from generate_series(1, 9) i");
    db.script("insert into postrider.enqueued values ('old', 1, now() - interval '31 days')");
    maintain_now();
    EXPECT_EQ(db.number("select count(*) from postrider.enqueued"), 0);
}

TEST_F(HousekeepingTest, WhatIsKeptAboutWaitingMessagesGoesWithThem) {
    db.script(
        "insert into simple_messaging_outgoingmessage (destination, message, sent_date) values ('a', 'b', "
        "null), ('a', 'b', now());"
        "insert into postrider.retry select i, 1, now(), '' from generate_series(1, 3) i;"
        "insert into postrider.ready_message select i, now() - interval '2 hours' from generate_series(1, 3) "
        "i;");
    maintain_now();
    EXPECT_EQ(db.text("select string_agg(message_id::text, ',') from postrider.retry"), "1");
    EXPECT_EQ(db.text("select string_agg(message_id::text, ',') from postrider.ready_message"), "1");
}

TEST_F(HousekeepingTest, DaemonsThatEndedLongAgoAreForgottenUnlessSomethingIsLeftOfThem) {
    db.script(
        "insert into postrider.daemon (host, process, version, ended) select 'h', 1, 'v', now() - interval "
        "'31 days' from generate_series(1, 3);"
        "update postrider.shard set daemon_id = 2 where shard = 1;"
        "insert into postrider.attempt (message_id, channel, shard, conversation, daemon_id, "
        "idempotency_key, first_sent, "
        "content_hash, destination) values (1, 'c', 7, '', 3, gen_random_uuid(), now(), '', '');");
    maintain_now();
    EXPECT_EQ(db.text("select string_agg(id::text, ',' order by id) from postrider.daemon"), "2,3");
}

TEST_F(HousekeepingTest, RowsThatAreNeverDueAreCounted) {
    db.script(
        "insert into simple_messaging_outgoingmessage (destination, message, send_date, sent_date) values "
        "('a', 'b', 'infinity', null), ('a', 'b', 'infinity', now()), ('a', 'b', now(), null)");
    EXPECT_EQ(result_of(read_vitals(database)).never_due, 1);
}

TEST_F(HousekeepingTest, TheDatabasesTimeIsRead) {
    const TimePoint before = db.now();
    const TimePoint read = result_of(read_vitals(database)).now;
    EXPECT_GE(read, before);
    EXPECT_LE(read, db.now());
}

}  // namespace
}  // namespace postrider::testing
