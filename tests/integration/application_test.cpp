// What applications call and see: postrider.enqueue, postrider.ready and view postrider.messages.
#include "lib/store/migrator.h"
#include "tests/integration/test_database.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;

struct EnqueueTest : ::testing::Test {
    std::string refusal(const std::string& arguments) {
        try {
            db.sql("select postrider.enqueue(" + arguments + ")");
        } catch (const pqxx::sql_error& error) {
            EXPECT_EQ(error.sqlstate(), "22023");
            return error.what();
        }
        return "";
    }
    std::string of_message(long long id, const std::string& expression) {
        return db.text("select " + expression + " from simple_messaging_outgoingmessage where id = $1", id);
    }

    TestDatabase db;
};

TEST_F(EnqueueTest, InsertsAMessageThatIsDueNow) {
    const auto id = db.number("select postrider.enqueue('+15550100', 'hello')");
    EXPECT_EQ(
        of_message(id, "destination || ' ' || message || ' ' || errored || ' ' || transmission_metadata"),
        "+15550100 hello false {}");
    EXPECT_EQ(of_message(id, "send_date <= now() and send_date > now() - interval '1 minute'"), "t");
}

TEST_F(EnqueueTest, TakesASendDate) {
    const auto id = db.number("select postrider.enqueue('+15550100', 'hello', '2031-01-01 00:00+00')");
    EXPECT_EQ(of_message(id, "send_date = '2031-01-01 00:00+00'"), "t");
}

TEST_F(EnqueueTest, WritesTheChannelIntoTheMetadata) {
    const auto id = db.number(
        "select postrider.enqueue('a', 'b', channel => 'sms', metadata => '{\"k\": [1], \"message_channel\": "
        "\"x\"}')");
    EXPECT_EQ(of_message(id, "transmission_metadata::jsonb = '{\"k\": [1], \"message_channel\": \"sms\"}'"),
              "t");
}

TEST_F(EnqueueTest, DeclaresTheMessageComplete) {
    const auto id = db.number("select postrider.enqueue('a', 'b')");
    EXPECT_EQ(db.number("select count(*) from postrider.ready_message where message_id = $1", id), 1);
}

TEST_F(EnqueueTest, RefusesAnEmptyDestination) {
    EXPECT_THAT(refusal("'', 'hello'"), HasSubstr("destination is empty"));
    EXPECT_THAT(refusal("' ', 'hello'"), HasSubstr("destination is empty"));
    EXPECT_THAT(refusal("null, 'hello'"), HasSubstr("destination is empty"));
}

TEST_F(EnqueueTest, RefusesADestinationThatDoesNotFit) {
    EXPECT_THAT(refusal("repeat('1', 257), 'hello'"), HasSubstr("257 characters"));
}

TEST_F(EnqueueTest, RefusesAMessageThatIsNull) {
    EXPECT_THAT(refusal("'a', null"), HasSubstr("message is null"));
}

TEST_F(EnqueueTest, RefusesMetadataThatIsNoObject) {
    EXPECT_THAT(refusal("'a', 'b', metadata => '[]'"), HasSubstr("not a JSON object"));
    EXPECT_THAT(refusal("'a', 'b', metadata => 'null'"), HasSubstr("not a JSON object"));
}

TEST_F(EnqueueTest, TakesNullForWhatHasADefault) {
    const auto id = db.number("select postrider.enqueue('a', 'b', null, null, null, null)");
    EXPECT_EQ(of_message(id, "transmission_metadata"), "{}");
}

TEST_F(EnqueueTest, TheSameKeyGivesTheFirstMessageAgain) {
    const auto first = db.number("select postrider.enqueue('a', 'b', idempotency_key => 'order 1')");
    EXPECT_EQ(db.number("select postrider.enqueue('c', 'd', idempotency_key => 'order 1')"), first);
    EXPECT_NE(db.number("select postrider.enqueue('c', 'd', idempotency_key => 'order 2')"), first);
}

TEST_F(EnqueueTest, TheSameKeyGivesANewMessageOnceTheFirstErrored) {
    const auto first = db.number("select postrider.enqueue('a', 'b', idempotency_key => 'order 1')");
    db.script("update simple_messaging_outgoingmessage set errored = true");
    const auto second = db.number("select postrider.enqueue('a', 'b', idempotency_key => 'order 1')");
    EXPECT_NE(second, first);
    EXPECT_EQ(db.number("select postrider.enqueue('a', 'b', idempotency_key => 'order 1')"), second);
}

TEST_F(EnqueueTest, TheSameKeyGivesANewMessageAfterThirtyDays) {
    const auto first = db.number("select postrider.enqueue('a', 'b', idempotency_key => 'order 1')");
    db.script("update postrider.enqueued set enqueued = now() - interval '31 days'");
    EXPECT_NE(db.number("select postrider.enqueue('a', 'b', idempotency_key => 'order 1')"), first);
}

TEST_F(EnqueueTest, TheKeyIsNotKeptInTheClear) {
    db.sql("select postrider.enqueue('a', 'b', idempotency_key => 'for +15550100')");
    EXPECT_EQ(db.text("select octet_length(key_hash) from postrider.enqueued"), "32");
}

TEST_F(EnqueueTest, TwoCallersAtOnceWithTheSameKeyMakeOneMessage) {
    const auto first = db.connect();
    pqxx::work transaction(*first);
    const auto id = transaction.exec("select postrider.enqueue('a', 'b', idempotency_key => 'order 1')")[0][0]
                        .as<long long>();
    auto second = std::async(std::launch::async, [&] {
        const auto connection = db.connect();
        return pqxx::nontransaction(*connection)
            .exec("select postrider.enqueue('a', 'b', idempotency_key => 'order 1')")[0][0]
            .as<long long>();
    });
    while (db.number("select count(*) from pg_locks where not granted") == 0 &&
           second.wait_for(std::chrono::milliseconds{1}) == std::future_status::timeout) {
    }
    transaction.commit();
    EXPECT_EQ(second.get(), id);
    EXPECT_EQ(db.number("select count(*) from simple_messaging_outgoingmessage"), 1);
}

TEST_F(EnqueueTest, ACallerThatRollsBackLeavesTheKeyToTheNext) {
    {
        const auto first = db.connect();
        pqxx::work transaction(*first);
        transaction.exec("select postrider.enqueue('a', 'b', idempotency_key => 'order 1')");
    }
    EXPECT_GT(db.number("select postrider.enqueue('a', 'b', idempotency_key => 'order 1')"), 0);
    EXPECT_EQ(db.number("select count(*) from simple_messaging_outgoingmessage"), 1);
}

TEST_F(EnqueueTest, ReadyCountsTheMessagesThatWait) {
    db.script(
        "insert into simple_messaging_outgoingmessage (destination, message, sent_date) values "
        "('a', 'b', null), ('a', 'b', null), ('a', 'b', now())");
    EXPECT_EQ(db.number("select postrider.ready(1, 2, 3, 99)"), 2);
}

struct GrantsTest : EnqueueTest {
    std::string error_of(const std::string& role, const std::string& statement) {
        const auto connection = db.connect(role);
        try {
            pqxx::nontransaction(*connection).exec(statement);
        } catch (const pqxx::sql_error& error) {
            return error.what();
        }
        return "";
    }
    const ::testing::Matcher<std::string> denied =
        ::testing::ContainsRegex("permission denied|must be owner");
};

TEST_F(GrantsTest, ARoleThatMayInsertMessagesMayEnqueueAfterTheNextMigrate) {
    db.script("grant insert on simple_messaging_outgoingmessage to app");
    migrate(db.settings("postgres"), {}, [](const std::string&) {});
    EXPECT_EQ(error_of("app", "select postrider.enqueue('a', 'b')"), "");
    EXPECT_EQ(error_of("app", "select postrider.ready(1)"), "");
    EXPECT_EQ(error_of("app", "select * from postrider.messages"), "");
}

TEST_F(GrantsTest, OthersMayNot) {
    db.script("grant usage on schema postrider to app");
    EXPECT_THAT(error_of("app", "select postrider.enqueue('a', 'b')"), denied);
    EXPECT_THAT(error_of("app", "select postrider.ready(1)"), denied);
    EXPECT_THAT(error_of("app", "select postrider.maintain()"), denied);
    EXPECT_THAT(error_of("app", "select * from postrider.messages"), denied);
}

TEST_F(GrantsTest, TheTriggersWorkForARoleWithNoRightsInOurSchema) {
    db.script("grant insert, update, select on simple_messaging_outgoingmessage to app");
    EXPECT_EQ(
        error_of("app",
                 "insert into simple_messaging_outgoingmessage (destination, message) values ('a', 'b')"),
        "");
    EXPECT_EQ(error_of("app", "update simple_messaging_outgoingmessage set send_date = now()"), "");
}

TEST_F(GrantsTest, TheDaemonsRoleCanNeitherInsertNorDeleteMessagesNorChangeTables) {
    EXPECT_THAT(
        error_of(daemon_role,
                 "insert into simple_messaging_outgoingmessage (destination, message) values ('a', 'b')"),
        denied);
    EXPECT_THAT(error_of(daemon_role, "delete from simple_messaging_outgoingmessage"), denied);
    EXPECT_THAT(error_of(daemon_role, "delete from postrider.attempt_history"), denied);
    EXPECT_THAT(error_of(daemon_role, "drop table postrider.attempt"), denied);
}

struct MessagesViewTest : EnqueueTest {
    std::string row(const std::string& send_date, const std::string& sent_date, const std::string& errored) {
        return db.text(
            fmt::format("with made as (insert into simple_messaging_outgoingmessage (destination, message, "
                        "send_date, sent_date, errored) "
                        "values ('a', 'b', {}, {}, {}) returning id) select id from made",
                        send_date, sent_date, errored));
    }
    std::string seen(const std::string& id, const std::string& column) {
        return db.text("select " + column + " from postrider.messages where id = $1", id);
    }
    std::string plain() { return row("now()", "null", "false"); }
};

TEST_F(MessagesViewTest, TellsTheStateOfEachMessage) {
    EXPECT_EQ(seen(row("now() + interval '1 hour'", "null", "false"), "state"), "scheduled");
    EXPECT_EQ(seen(plain(), "state"), "due");
    EXPECT_EQ(seen(row("now()", "now()", "false"), "state"), "sent");
    EXPECT_EQ(seen(row("now()", "now()", "true"), "state"), "errored");
    EXPECT_EQ(seen(row("now()", "null", "true"), "state"), "errored");
}

TEST_F(MessagesViewTest, AMessageWithAnOpenAttemptIsBeingSent) {
    const std::string id = plain();
    db.sql(
        "insert into postrider.attempt (message_id, channel, shard, conversation, daemon_id, "
        "idempotency_key, "
        "first_sent, content_hash, destination) values ($1, 'sms', 7, '', 1, gen_random_uuid(), now(), '', "
        "'')",
        id);
    EXPECT_EQ(seen(id, "state"), "sending");
    EXPECT_EQ(seen(id, "channel"), "sms");
    EXPECT_EQ(seen(id, "attempts"), "1");
}

TEST_F(MessagesViewTest, TheLagIsFromSendDateToSentDate) {
    EXPECT_EQ(seen(row("'2026-01-01 00:00:00'", "'2026-01-01 00:00:01.5'", "false"),
                   "extract(epoch from lag)::float8"),
              "1.5");
    EXPECT_EQ(seen(row("'-infinity'", "now()", "false"), "lag"), "(null)");
}

TEST_F(MessagesViewTest, AnErroredMessageSaysWhy) {
    const std::string id = row("now()", "now()", "true");
    db.sql(
        "update simple_messaging_outgoingmessage set transmission_metadata = '{\"error\": \"no such "
        "number\"}' where id = $1",
        id);
    EXPECT_EQ(seen(id, "reason"), "no such number");
}

TEST_F(MessagesViewTest, AWaitingMessageSaysWhyAndUntilWhen) {
    const std::string id = plain();
    db.sql("insert into postrider.retry values ($1, 2, '2031-01-01 00:00:00+00', 'busy')", id);
    EXPECT_EQ(seen(id, "reason"), "busy");
    EXPECT_EQ(seen(id, "retry_at = '2031-01-01 00:00:00+00'"), "t");
}

TEST_F(MessagesViewTest, MetadataThatIsNoJsonHarmsNothing) {
    for (const char* text :
         {"", "no json {", "[1]", "3", "null", "{\"error\": {}}", "{\"message_channel\": \"\\u0000\"}"}) {
        const std::string id = row("now()", "now()", "true");
        db.sql("update simple_messaging_outgoingmessage set transmission_metadata = $1 where id = $2", text,
               id);
        EXPECT_EQ(seen(id, "state"), "errored") << text;
        EXPECT_EQ(seen(id, "coalesce(channel, 'none')"), "none") << text;
    }
}

TEST_F(MessagesViewTest, AMessageThatIsNeverDueSaysSo) {
    const std::string id = row("'infinity'", "null", "false");
    EXPECT_EQ(seen(id, "state"), "scheduled");
    EXPECT_THAT(seen(id, "reason"), HasSubstr("never due"));
}

}  // namespace
}  // namespace postrider::testing
