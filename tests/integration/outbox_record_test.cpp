#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::string_literals;

struct OutboxRecordTest : OutboxLoopTest {
    AttemptResult given_up(const Claimed& claimed) {
        return result(claimed, Disposition::given_up, Outcome::failed(Verdict::rejected, "no such number"));
    }
    AttemptResult waiting(const Claimed& claimed) {
        AttemptResult waits =
            result(claimed, Disposition::waiting, Outcome::failed(Verdict::deferred, "busy"));
        waits.failed_attempts = 2;
        waits.retry_at = db.now() + std::chrono::hours{1};
        return waits;
    }
    std::string all_rows() {
        return db.text(
            "select string_agg(m::text || m.xmin::text, ',' order by id) from "
            "simple_messaging_outgoingmessage m");
    }
    static Task<std::string> kind_of_failure(Task<> recording) {
        std::string kind = "none";
        try {
            co_await std::move(recording);
        } catch (const ResultsRefused& refused) {
            kind = std::string("refused: ") + refused.what();
        } catch (const std::exception&) {
            kind = "other";
        }
        co_return kind;
    }
    std::string failure_of_recording(std::vector<AttemptResult> results) {
        return result_of(kind_of_failure(outbox->record(std::move(results))));
    }
    long long history() { return db.number("select count(*) from postrider.attempt_history"); }
};

TEST_F(OutboxRecordTest, ASentMessageHasItsSentDateAndTheProvidersWords) {
    const Claimed claimed = insert_and_claim();
    const AttemptResult result = sent(claimed);
    record({result});
    const auto id = claimed.message.key.id;
    EXPECT_EQ(column(id, "errored"), "f");
    EXPECT_EQ(db.number("select (extract(epoch from sent_date) * 1000000)::bigint from "
                        "simple_messaging_outgoingmessage where id = $1",
                        id),
              result.ended.time_since_epoch().count());
    EXPECT_EQ(column(id, "transmission_metadata::jsonb ->> 'loopback'"), "yes");
    EXPECT_EQ(column(id, "transmission_metadata::jsonb -> 'postrider' ->> 'outcome'"), "sent");
}

TEST_F(OutboxRecordTest, AMessageGivenUpIsErroredAndSaysWhen) {
    const Claimed claimed = insert_and_claim();
    record({given_up(claimed)});
    EXPECT_EQ(column(claimed.message.key.id, "errored"), "t");
    EXPECT_NE(column(claimed.message.key.id, "sent_date"), "(null)");
    EXPECT_EQ(column(claimed.message.key.id, "transmission_metadata::jsonb -> 'postrider' ->> 'reason'"),
              "no such number");
}

TEST_F(OutboxRecordTest, AMessageThatWaitsKeepsItsRowUntouched) {
    const Claimed claimed = insert_and_claim();
    const std::string before = all_rows();
    record({waiting(claimed)});
    EXPECT_EQ(all_rows(), before);
    const OutgoingMessage message = read(claimed.message.key.id);
    EXPECT_EQ(message.failed_attempts, 2);
    EXPECT_GT(message.retry_at, db.now());
    EXPECT_FALSE(message.attempt_open);
}

TEST_F(OutboxRecordTest, AnEndedAttemptGoesToTheHistory) {
    const Claimed claimed = insert_and_claim();
    record({sent(claimed)});
    EXPECT_EQ(open_attempts(), 0);
    EXPECT_EQ(db.text("select id || ' ' || message_id || ' ' || daemon_id || ' ' || verdict || ' ' || "
                      "provider_id || ' ' || idempotency_key "
                      "from postrider.attempt_history"),
              fmt::format("{} {} {} sent provider-1 {}", claimed.claim.attempt.id, claimed.message.key.id, me,
                          claimed.claim.attempt.idempotency_key));
}

TEST_F(OutboxRecordTest, KeysOfOthersAreKeptByteForByte) {
    const std::string theirs =
        "{\n  \"big\": 1e400,  \"id\": 12345678901234567890123, \"id\": 2, \"é\": \"\\u00e9\"";
    const Claimed claimed = insert_and_claim("transmission_metadata = '" + theirs + "\n}'");
    record({sent(claimed)});
    EXPECT_THAT(column(claimed.message.key.id, "transmission_metadata"), StartsWith(theirs));
}

TEST_F(OutboxRecordTest, KeysThatWereWrittenSinceTheClaimAreKept) {
    const Claimed claimed = insert_and_claim();
    change(claimed.message.key.id, "transmission_metadata = '{\"theirs\": 1e400}', message = 'edited'");
    record({sent(claimed)});
    EXPECT_THAT(column(claimed.message.key.id, "transmission_metadata"), StartsWith("{\"theirs\": 1e400"));
    EXPECT_EQ(column(claimed.message.key.id, "message"), "edited");
    EXPECT_NE(column(claimed.message.key.id, "sent_date"), "(null)");
}

TEST_F(OutboxRecordTest, AResultWhoseRowVersionIsNotKnownIsWritten) {
    const Claimed claimed = insert_and_claim("transmission_metadata = '{\"theirs\": 1}'");
    AttemptResult result = sent(claimed);
    result.row_version.clear();
    result.transmission_metadata.reset();
    record({result});
    EXPECT_THAT(column(claimed.message.key.id, "transmission_metadata"), StartsWith("{\"theirs\": 1"));
    EXPECT_NE(column(claimed.message.key.id, "sent_date"), "(null)");
}

TEST_F(OutboxRecordTest, AStaleSaveThatTookTheSentDateAwayGetsItBack) {
    const Claimed claimed = insert_and_claim();
    change(claimed.message.key.id, "sent_date = now()");
    change(claimed.message.key.id, "sent_date = null");
    record({sent(claimed)});
    EXPECT_NE(column(claimed.message.key.id, "sent_date"), "(null)");
}

TEST_F(OutboxRecordTest, ARowThatWasDeletedLeavesItsOutcomeInTheHistory) {
    const Claimed claimed = insert_and_claim();
    const Claimed other = insert_and_claim();
    db.sql("delete from simple_messaging_outgoingmessage where id = $1", claimed.message.key.id);
    record({sent(claimed), sent(other)});
    EXPECT_EQ(history(), 2);
    EXPECT_NE(column(other.message.key.id, "sent_date"), "(null)");
}

TEST_F(OutboxRecordTest, AWriteOfTheSiteThatIsStillOpenIsWaitedForAndKept) {
    const Claimed claimed = insert_and_claim();
    const auto site = db.connect();
    pqxx::work transaction(*site);
    transaction.exec_params(
        "update simple_messaging_outgoingmessage set transmission_metadata = '{\"late\": 1}' where id = $1",
        claimed.message.key.id);
    std::optional<std::string> ended;
    group.spawn("record", keep(failure_of(outbox->record({sent(claimed)})), ended));
    ASSERT_TRUE(run_until([&] {
        return db.number(
                   "select count(*) from pg_stat_activity where datname = current_database() and "
                   "wait_event_type = 'Lock'") > 0;
    }));
    transaction.commit();
    ASSERT_TRUE(run_until([&] { return ended.has_value(); }));
    EXPECT_EQ(*ended, "");
    EXPECT_THAT(column(claimed.message.key.id, "transmission_metadata"), StartsWith("{\"late\": 1"));
    EXPECT_NE(column(claimed.message.key.id, "sent_date"), "(null)");
}

TEST_F(OutboxRecordTest, RecordedTwiceItChangesNothing) {
    const Claimed claimed = insert_and_claim();
    record({sent(claimed)});
    const std::string before = all_rows();
    record({sent(claimed)});
    EXPECT_EQ(all_rows(), before);
    EXPECT_EQ(history(), 1);
}

TEST_F(OutboxRecordTest, AResultThatComesTwiceInABatchCountsOnce) {
    const Claimed claimed = insert_and_claim();
    record({sent(claimed), sent(claimed)});
    EXPECT_EQ(history(), 1);
}

TEST_F(OutboxRecordTest, WhatWasKeptForTheWayIsGoneAtTheEnd) {
    const Claimed claimed = insert_and_claim();
    db.sql("select postrider.ready($1)", claimed.message.key.id);
    db.sql("insert into postrider.retry values ($1, 3, now(), 'busy')", claimed.message.key.id);
    record({sent(claimed)});
    EXPECT_EQ(
        db.number(
            "select (select count(*) from postrider.retry) + (select count(*) from postrider.ready_message)"),
        0);
}

TEST_F(OutboxRecordTest, AProvidersWordsThatAreNoTextAreStoredAllTheSame) {
    const Claimed claimed = insert_and_claim();
    Outcome outcome = Outcome::failed(Verdict::rejected, "bad \xff byte and \0 zero"s);
    outcome.provider_id = "\xc3";
    record({result(claimed, Disposition::given_up, outcome)});
    EXPECT_EQ(column(claimed.message.key.id, "errored"), "t");
}

TEST_F(OutboxRecordTest, OneBatchMayHoldAllKindsOfResults) {
    const Claimed first = insert_and_claim();
    const Claimed second = insert_and_claim();
    const Claimed third = insert_and_claim();
    record({sent(first), given_up(second), waiting(third)});
    EXPECT_EQ(db.text("select string_agg(state, ' ' order by id) from postrider.messages"),
              "sent errored due");
}

TEST_F(OutboxRecordTest, WhatAConstraintOfTheSitesForbidsIsRefusedAndNothingOfTheBatchIsWritten) {
    const Claimed bad = insert_and_claim("message = 'bad'");
    const Claimed good = insert_and_claim();
    db.script(
        "alter table simple_messaging_outgoingmessage add constraint odd check (message <> 'bad' or "
        "sent_date "
        "is null)");
    EXPECT_THAT(failure_of_recording({sent(good), sent(bad)}), StartsWith("refused: "));
    EXPECT_EQ(open_attempts(), 2);
    record({sent(good)});
    EXPECT_EQ(open_attempts(), 1);
}

TEST_F(OutboxRecordTest, SoIsWhatATriggerOfTheSitesRaisesAlsoAtTheCommit) {
    const Claimed claimed = insert_and_claim();
    db.script(
        "create function no() returns trigger language plpgsql as $$ begin raise 'not on my watch'; end $$; "
        "create constraint trigger no after update on simple_messaging_outgoingmessage deferrable initially "
        "deferred for each row execute function no()");
    EXPECT_THAT(failure_of_recording({sent(claimed)}), HasSubstr("not on my watch"));
    EXPECT_EQ(open_attempts(), 1);
}

TEST_F(OutboxRecordTest, ADatabaseThatTakesNothingRefusesNoResult) {
    const Claimed claimed = insert_and_claim();
    db.script("revoke delete on postrider.attempt from postrider_daemon");
    EXPECT_EQ(failure_of_recording({sent(claimed)}), "other");
    db.script(
        "grant delete on postrider.attempt to postrider_daemon; "
        "alter role postrider_daemon in database " +
        db.name() + " set default_transaction_read_only = on");
    db.end_sessions_of(daemon_role);
    EXPECT_EQ(failure_of_recording({sent(claimed)}), "other") << "a session that was ended";
    EXPECT_EQ(failure_of_recording({sent(claimed)}), "other") << "no writes at all";
}

TEST_F(OutboxRecordTest, AMessageThatWasGivenUpAndResetIsSentAgain) {
    const Claimed claimed = insert_and_claim();
    record({given_up(claimed)});
    change(claimed.message.key.id, "errored = false, sent_date = null");
    const OutgoingMessage row = read(claimed.message.key.id);
    auto wanted = request(row);
    wanted.known_end = row.journaled_end.value().attempt_id;
    EXPECT_EQ(claims_granted(wanted), 1u);
}

}  // namespace
}  // namespace postrider::testing
