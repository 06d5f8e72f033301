#include "tests/conformance/outbox_test.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

using OutboxRecordTest = OutboxTest;

TEST_F(OutboxRecordTest, ASentMessageHasItsSentDateAndTheProvidersWords) {
    const Claimed claimed = insert_and_claim();
    const AttemptResult result = sent(claimed);
    record({result});
    EXPECT_FALSE(row(claimed.id()).errored);
    EXPECT_EQ(row(claimed.id()).sent_date, result.ended);
    EXPECT_THAT(row(claimed.id()).metadata.value(), HasSubstr(R"("loopback": "yes")"));
    EXPECT_EQ(marker(claimed.id(), "outcome"), "sent");
    EXPECT_EQ(marker(claimed.id(), "attempt"), claimed.claim.attempt.id);
}

TEST_F(OutboxRecordTest, AMessageGivenUpIsErroredAndSaysWhen) {
    const Claimed claimed = insert_and_claim();
    const AttemptResult result = given_up(claimed);
    record({result});
    EXPECT_TRUE(row(claimed.id()).errored);
    EXPECT_EQ(row(claimed.id()).sent_date, result.ended);
    EXPECT_EQ(marker(claimed.id(), "reason"), "no such number");
}

TEST_F(OutboxRecordTest, NothingElseOfARowIsTouched) {
    const StoredRow before{.destination = "secret:abc", .text = "Grüße", .send_date = ledger->now() - 1min};
    const Claimed claimed = insert_and_claim(before);
    record({sent(claimed)});
    StoredRow after = row(claimed.id());
    after.sent_date.reset();
    after.metadata = before.metadata;
    EXPECT_EQ(after, before);
}

RowValues all_values() {
    RowValues row;
    row.destination = "secret:number";
    row.message = Text("what was said");
    row.lookup_key = "0123";
    row.rendered = "mark";
    row.leaked = {"auth_token"};
    return row;
}

TEST_F(OutboxRecordTest, WhatElseIsToStandInARowIsWrittenWithItsEnd) {
    const Claimed plain = insert_and_claim();
    const Claimed claimed = insert_and_claim({.metadata = R"({"auth_token": "x"})"});
    AttemptResult result = sent(claimed);
    result.row = all_values();
    record({sent(plain), result});
    EXPECT_EQ(row(claimed.id()).destination, "secret:number");
    EXPECT_EQ(row(claimed.id()).text, "what was said");
    EXPECT_EQ(row(claimed.id()).lookup_key, "0123");
    EXPECT_EQ(marker(claimed.id(), "rendered"), "mark");
    EXPECT_THAT(row(claimed.id()).metadata.value(), Not(HasSubstr("auth_token")));
    EXPECT_EQ(row(plain.id()).destination, plain.message.destination.reveal());
    EXPECT_EQ(row(plain.id()).text, "hello");
    EXPECT_EQ(row(plain.id()).lookup_key, std::nullopt);
}

TEST_F(OutboxRecordTest, ARowThatSomebodyWroteMeanwhileKeepsWhatHeWrote) {
    const Claimed claimed = insert_and_claim();
    change(claimed.id(), [](StoredRow& row) {
        row.text = "edited too late";
        row.metadata = R"({"auth_token": "x"})";
    });
    AttemptResult result = sent(claimed);
    result.row = all_values();
    record({result});
    EXPECT_TRUE(is_sent(claimed.id()));
    EXPECT_EQ(row(claimed.id()).text, "edited too late");
    EXPECT_EQ(row(claimed.id()).destination, claimed.message.destination.reveal());
    EXPECT_EQ(boost::json::parse(row(claimed.id()).metadata.value())
                  .at("postrider")
                  .as_object()
                  .contains("rendered"),
              false);
    EXPECT_THAT(row(claimed.id()).metadata.value(), Not(HasSubstr("auth_token")));
}

TEST_F(OutboxRecordTest, WhoReadsARowLearnsWhetherItHasALookupKey) {
    EXPECT_FALSE(read(insert()).has_lookup_key);
    EXPECT_TRUE(read(insert({.lookup_key = "0123"})).has_lookup_key);
}

TEST_F(OutboxRecordTest, AMessageThatWaitsKeepsItsRowUntouched) {
    const Claimed claimed = insert_and_claim();
    const StoredRow before = row(claimed.id());
    const std::string version = ledger->row_version(claimed.id());
    AttemptResult waits = waiting(claimed);
    waits.failed_attempts = 2;
    waits.retry_at = ledger->now() + 1h;
    record({waits});
    EXPECT_EQ(row(claimed.id()), before);
    EXPECT_EQ(ledger->row_version(claimed.id()), version);
    const OutgoingMessage message = read(claimed.id());
    EXPECT_EQ(message.failed_attempts, 2);
    EXPECT_EQ(message.retry_at, waits.retry_at);
    EXPECT_EQ(message.next_part, 1);
    EXPECT_EQ(message.last_attempt, claimed.claim.attempt.id);
    EXPECT_FALSE(message.repeated_key);
    EXPECT_FALSE(message.attempt_open);
    EXPECT_FALSE(message.journaled_end);
}

TEST_F(OutboxRecordTest, ALaterTryTellsOfItselfInTheEarliersPlace) {
    const Claimed first = insert_and_claim();
    AttemptResult result = waiting(first);
    result.repeats_key = true;
    record({result});
    const Claimed second = claim_it(request(first.id()));
    result = waiting(second);
    result.failed_attempts = 2;
    result.retry_at += 1min;
    record({result});
    const OutgoingMessage message = read(first.id());
    EXPECT_EQ(message.failed_attempts, 2);
    EXPECT_EQ(message.retry_at, result.retry_at);
    EXPECT_EQ(message.last_attempt, second.claim.attempt.id);
    EXPECT_FALSE(message.repeated_key);
}

TEST_F(OutboxRecordTest, AKeyThatIsToBeRepeatedIsKeptWithItsFirstTime) {
    const Claimed claimed = insert_and_claim();
    AttemptResult again = waiting(claimed);
    again.repeats_key = true;
    record({again});
    const OutgoingMessage row = read(claimed.id());
    ASSERT_TRUE(row.repeated_key);
    EXPECT_EQ(row.repeated_key->idempotency_key, claimed.claim.attempt.idempotency_key);
    EXPECT_EQ(row.repeated_key->first_sent, claimed.claim.attempt.first_sent);
}

TEST_F(OutboxRecordTest, AnEndedAttemptGoesToTheHistory) {
    const Claimed claimed = insert_and_claim();
    record({sent(claimed)});
    EXPECT_THAT(ledger->open_attempts(), IsEmpty());
    const JournaledResult expected{claimed.claim.attempt.id,
                                   claimed.id(),
                                   me,
                                   claimed.claim.attempt.idempotency_key,
                                   Verdict::sent,
                                   "provider-1",
                                   Disposition::sent};
    EXPECT_THAT(ledger->history(), ElementsAre(expected));
}

TEST_F(OutboxRecordTest, KeysOfOthersAreKeptByteForByte) {
    const std::string theirs =
        "{\n  \"big\": 1e400,  \"id\": 12345678901234567890123, \"id\": 2, \"é\": \"\\u00e9\"";
    const Claimed claimed = insert_and_claim({.metadata = theirs + "\n}"});
    record({sent(claimed)});
    EXPECT_THAT(row(claimed.id()).metadata.value(), StartsWith(theirs));
}

TEST_F(OutboxRecordTest, KeysThatWereWrittenSinceTheClaimAreKept) {
    const Claimed claimed = insert_and_claim();
    change(claimed.id(), [](StoredRow& row) {
        row.metadata = R"({"theirs": 1e400})";
        row.text = "edited";
    });
    record({sent(claimed)});
    EXPECT_THAT(row(claimed.id()).metadata.value(), StartsWith(R"({"theirs": 1e400)"));
    EXPECT_EQ(row(claimed.id()).text, "edited");
    EXPECT_TRUE(is_sent(claimed.id()));
}

TEST_F(OutboxRecordTest, AResultWhoseRowVersionIsNotKnownIsWritten) {
    const Claimed claimed = insert_and_claim({.metadata = R"({"theirs": 1})"});
    AttemptResult result = sent(claimed);
    result.row_version.clear();
    result.transmission_metadata.reset();
    record({result});
    EXPECT_THAT(row(claimed.id()).metadata.value(), StartsWith(R"({"theirs": 1)"));
    EXPECT_TRUE(is_sent(claimed.id()));
}

TEST_F(OutboxRecordTest, MetadataThatIsNoneOrNoObjectGivesWayToOne) {
    for (const std::optional<std::string>& theirs :
         {std::optional<std::string>(), std::optional<std::string>(""),
          std::optional<std::string>("no json {")}) {
        const Claimed claimed = insert_and_claim({.metadata = theirs});
        record({sent(claimed)});
        EXPECT_EQ(marker(claimed.id(), "outcome"), "sent") << theirs.value_or("(none)");
    }
}

TEST_F(OutboxRecordTest, AStaleSaveThatTookTheSentDateAwayGetsItBack) {
    const Claimed claimed = insert_and_claim();
    change(claimed.id(), [&](StoredRow& row) { row.sent_date = ledger->now(); });
    save_stale(claimed.id());
    record({sent(claimed)});
    EXPECT_TRUE(is_sent(claimed.id()));
}

TEST_F(OutboxRecordTest, WhatComesOfARequestStandsAboveWhatASecondSenderWrote) {
    const Claimed claimed = insert_and_claim();
    change(claimed.id(), [&](StoredRow& row) {
        row.sent_date = ledger->now() - 1h;
        row.errored = true;
    });
    const AttemptResult result = sent(claimed);
    record({result});
    EXPECT_EQ(row(claimed.id()).sent_date, result.ended);
    EXPECT_FALSE(row(claimed.id()).errored);
}

TEST_F(OutboxRecordTest, ARowThatWasDeletedLeavesItsOutcomeInTheHistory) {
    const Claimed claimed = insert_and_claim();
    const Claimed gives_up = insert_and_claim();
    const Claimed waits = insert_and_claim();
    const Claimed other = insert_and_claim();
    for (const Claimed& each : {claimed, gives_up, waits}) ledger->erase(each.id());
    record({sent(claimed), given_up(gives_up), waiting(waits), sent(other)});
    EXPECT_THAT(ledger->history(), SizeIs(4));
    EXPECT_EQ(ledger->row(claimed.id()), std::nullopt);
    EXPECT_TRUE(is_sent(other.id()));
}

TEST_F(OutboxRecordTest, RecordedAgainItChangesNothingWhateverItIs) {
    const std::vector<AttemptResult> results{
        sent(insert_and_claim()), given_up(insert_and_claim()), waiting(insert_and_claim()),
        next_part(claim_part(insert(), 1, 2), "P1"), in_doubt(insert_and_claim())};
    record(results);
    const auto state = [&] {
        std::vector<std::string> all;
        for (const AttemptResult& each : results) {
            all.push_back(ledger->row_version(each.message_id) + row(each.message_id).metadata.value());
            for (const OutgoingMessage& waits : read_all({each.message_id})) {
                all.push_back(std::to_string(waits.last_attempt) + " " + std::to_string(waits.next_part) +
                              (waits.attempt_open ? " open" : ""));
            }
        }
        return all;
    };
    const auto before = state();
    const auto history = ledger->history();
    record(results);
    EXPECT_EQ(state(), before);
    EXPECT_EQ(ledger->history(), history);
    EXPECT_THAT(ledger->open_attempts(), SizeIs(1));
}

TEST_F(OutboxRecordTest, RecordedAgainAfterTheNextTryHasBegunItChangesNothing) {
    const Claimed first = insert_and_claim();
    record({waiting(first)});
    const Claimed second = claim_it(request(first.id()));
    record({waiting(first)});
    record({in_doubt(first)});
    EXPECT_THAT(ledger->history(), SizeIs(1));
    EXPECT_EQ(read(first.id()).doubt_since, std::nullopt);
    EXPECT_EQ(ledger->open_attempts().at(0).id, second.claim.attempt.id);
}

TEST_F(OutboxRecordTest, AResultThatComesTwiceInABatchCountsOnce) {
    const Claimed claimed = insert_and_claim();
    record({sent(claimed), sent(claimed)});
    EXPECT_THAT(ledger->history(), SizeIs(1));
    EXPECT_TRUE(is_sent(claimed.id()));
}

TEST_F(OutboxRecordTest, AResultOfAnAttemptThatNeverWasChangesNothing) {
    Claimed claimed = insert_and_claim();
    const std::string version = ledger->row_version(claimed.id());
    claimed.claim.attempt.id += 100;
    record({sent(claimed), in_doubt(claimed)});
    EXPECT_THAT(ledger->history(), IsEmpty());
    EXPECT_EQ(ledger->row_version(claimed.id()), version);
    EXPECT_EQ(read(claimed.id()).doubt_since, std::nullopt);
}

TEST_F(OutboxRecordTest, NothingAtAllMayBeRecorded) { record({}); }

TEST_F(OutboxRecordTest, WhatWasKeptForTheWayIsGoneAtTheEnd) {
    const Claimed claimed = insert_and_claim();
    AttemptResult failed = waiting(claimed);
    failed.failed_attempts = 3;
    failed.repeats_key = true;
    record({failed});
    ledger->declare_complete(claimed.id());
    record({given_up(claim_it(request(claimed.id())))});
    reset(claimed.id());
    const OutgoingMessage row = read(claimed.id());
    EXPECT_EQ(row.failed_attempts, 0);
    EXPECT_EQ(row.retry_at, std::nullopt);
    EXPECT_EQ(row.next_part, 1);
    EXPECT_EQ(row.last_attempt, 0);
    EXPECT_FALSE(row.repeated_key);
    EXPECT_FALSE(row.ready);
}

TEST_F(OutboxRecordTest, ARowListsTheTriesSinceItsLastEnd) {
    const Claimed first = insert_and_claim();
    record({given_up(first)});
    reset(first.id());
    const Claimed second = claim_it(request_knowing(first));
    record({waiting(second)});
    const Claimed third = claim_it(request_knowing(first));
    record({sent(third)});
    std::vector<std::int64_t> ids;
    std::vector<std::string> outcomes;
    const boost::json::value attempts = marker(first.id(), "attempts");
    for (const auto& attempt : attempts.as_array()) {
        ids.push_back(attempt.at("id").as_int64());
        outcomes.emplace_back(attempt.at("outcome").as_string());
    }
    EXPECT_THAT(ids, ElementsAre(second.claim.attempt.id, third.claim.attempt.id));
    EXPECT_THAT(outcomes, ElementsAre("deferred", "sent"));
}

TEST_F(OutboxRecordTest, AProvidersWordsThatAreNoTextAreStoredAllTheSame) {
    const Claimed claimed = insert_and_claim();
    Outcome outcome = Outcome::failed(Verdict::rejected, "bad \xff byte and \0 zero"s);
    outcome.provider_id = "\xc3";
    record({result(claimed, Disposition::given_up, outcome)});
    EXPECT_TRUE(row(claimed.id()).errored);
    const std::string shown(marker(claimed.id(), "reason").as_string());
    save_stale(claimed.id());
    EXPECT_EQ(read(claimed.id()).journaled_end.value().reason, shown);
}

TEST_F(OutboxRecordTest, OneBatchMayHoldAllKindsOfResults) {
    const Claimed first = insert_and_claim();
    const Claimed second = insert_and_claim();
    const Claimed third = insert_and_claim();
    const Claimed fourth = insert_and_claim();
    record({in_doubt(fourth), sent(first), given_up(second), waiting(third)});
    EXPECT_TRUE(is_sent(first.id()));
    EXPECT_TRUE(row(second.id()).errored);
    EXPECT_THAT(due_ids(), ElementsAre(third.id(), fourth.id()));
    EXPECT_FALSE(read(third.id()).attempt_open);
    EXPECT_TRUE(read(fourth.id()).doubt_since);
}

TEST_F(OutboxRecordTest, AMessageThatWasGivenUpAndResetIsSentAgain) {
    const Claimed claimed = insert_and_claim();
    record({given_up(claimed)});
    reset(claimed.id());
    const OutgoingMessage row = read(claimed.id());
    auto wanted = request(row);
    wanted.known_end = row.journaled_end.value().attempt_id;
    EXPECT_EQ(claims_granted(wanted), 1u);
}

}  // namespace
}  // namespace postrider::testing
