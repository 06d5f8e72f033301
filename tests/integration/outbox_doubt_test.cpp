#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct OutboxDoubtTest : OutboxLoopTest {
    /// The daemon ends; another has all its shards.
    DaemonId replace_daemon() {
        const DaemonId dead = me;
        end(me);
        me = new_daemon();
        give_all_shards_to(me);
        return dead;
    }
    AttemptResult in_doubt(const Claimed& claimed) {
        return result(claimed, Disposition::in_doubt, Outcome::failed(Verdict::in_doubt, "no answer"));
    }
    AttemptResult not_sent(const Claimed& claimed) {
        AttemptResult waits =
            result(claimed, Disposition::waiting, Outcome::failed(Verdict::deferred, "busy"));
        waits.retry_at = db.now();
        waits.failed_attempts = 1;
        return waits;
    }
    std::vector<MessageId> doubtful(std::vector<MessageId> in_hand = {}) {
        std::vector<MessageId> ids;
        for (const Doubt& doubt : doubts(std::move(in_hand))) ids.push_back(doubt.message.id);
        return ids;
    }
};

TEST_F(OutboxDoubtTest, AttemptsOfADaemonThatEndedAreTakenOverWithAllThatIdentifiesThem) {
    auto wanted = request(read(insert()));
    wanted.content_hash.fill(0xab);
    wanted.part = 2;
    wanted.parts = 3;
    const Claim mine = claim({wanted}).at(0);
    replace_daemon();
    const auto found = doubts();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].attempt.id, mine.attempt.id);
    EXPECT_EQ(found[0].attempt.idempotency_key, wanted.idempotency_key);
    EXPECT_EQ(found[0].attempt.first_sent, mine.attempt.first_sent);
    EXPECT_EQ(found[0].message.id, wanted.message_id);
    EXPECT_EQ(found[0].message.send_date, read(wanted.message_id).key.send_date);
    EXPECT_EQ(found[0].part, 2);
    EXPECT_EQ(found[0].parts, 3);
    EXPECT_EQ(found[0].channel, "test");
    EXPECT_EQ(found[0].conversation, wanted.conversation);
    EXPECT_EQ(found[0].destination.reveal(), "sealed");
    EXPECT_EQ(found[0].content_hash, wanted.content_hash);
    EXPECT_EQ(found[0].over - found[0].since, 25s) << "its lease, and the time-out of its request";
    EXPECT_EQ(doubts().size(), 1u) << "until it is over";
}

TEST_F(OutboxDoubtTest, AttemptsOfALivingDaemonAreNot) {
    insert_and_claim();
    me = new_daemon();
    give_all_shards_to(me);
    EXPECT_THAT(doubtful(), IsEmpty());
}

TEST_F(OutboxDoubtTest, AttemptsInAShardOfAnotherAreNot) {
    insert_and_claim();
    end(me);
    me = new_daemon();
    EXPECT_THAT(doubtful(), IsEmpty());
}

TEST_F(OutboxDoubtTest, WhatIsInHandIsNot) {
    const Claimed first = insert_and_claim();
    const Claimed second = insert_and_claim();
    replace_daemon();
    EXPECT_THAT(doubtful({first.message.key.id}), ElementsAre(second.message.key.id));
}

TEST_F(OutboxDoubtTest, AnOwnAttemptThatNobodyEndsForAMinuteIsInDoubt) {
    const Claimed claimed = insert_and_claim();
    EXPECT_THAT(doubtful(), IsEmpty());
    db.sql("update postrider.attempt set claimed = now() - interval '61 seconds'");
    EXPECT_THAT(doubtful({claimed.message.key.id}), IsEmpty());
    EXPECT_THAT(doubtful(), ElementsAre(claimed.message.key.id));
}

TEST_F(OutboxDoubtTest, ADoubtOfALivingDaemonGoesWithItsShard) {
    const Claimed claimed = insert_and_claim();
    record({in_doubt(claimed)});
    me = new_daemon();
    give_all_shards_to(me);
    EXPECT_THAT(doubtful(), ElementsAre(claimed.message.key.id));
}

TEST_F(OutboxDoubtTest, AResultInDoubtKeepsItsAttemptOpenAndItsMessageWaiting) {
    const Claimed claimed = insert_and_claim();
    const AttemptResult result = in_doubt(claimed);
    record({result});
    const auto found = doubts();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].since, result.ended);
    EXPECT_EQ(found[0].over, result.ended);
    EXPECT_EQ(found[0].reason, "no answer");
    EXPECT_TRUE(read(claimed.message.key.id).attempt_open);
    EXPECT_EQ(db.text("select state || ': ' || reason from postrider.messages"), "in_doubt: no answer");
    record({sent(claimed)});
    EXPECT_THAT(doubtful(), IsEmpty());
    EXPECT_EQ(db.text("select state from postrider.messages"), "sent");
}

TEST_F(OutboxDoubtTest, WhoeverMadeARequestMaySayWhatCameOfItAfterItWasTakenOver) {
    const Claimed claimed = insert_and_claim();
    replace_daemon();
    ASSERT_EQ(doubts().size(), 1u);
    record({sent(claimed)});
    EXPECT_EQ(db.text("select state || provider_id from postrider.messages"), "sentprovider-1");
    record({not_sent(claimed)});  // what the heir concludes too late counts no more
    EXPECT_EQ(db.text("select state || attempts from postrider.messages"), "sent1");
}

TEST_F(OutboxDoubtTest, AcceptanceThatIsLearnedAfterItWasGivenUpCounts) {
    const Claimed claimed = insert_and_claim();
    Outcome doubt = Outcome::failed(Verdict::in_doubt, "nobody can tell");
    doubt.metadata["error"] = "in doubt";
    record({result(claimed, Disposition::given_up, doubt)});
    EXPECT_EQ(db.text("select state from postrider.messages"), "errored");
    record({sent(claimed)});
    EXPECT_EQ(db.text("select state || provider_id from postrider.messages"), "sentprovider-1");
    EXPECT_EQ(column(claimed.message.key.id, "transmission_metadata::jsonb -> 'postrider' ->> 'outcome'"),
              "sent");
    EXPECT_EQ(db.text("select verdict || disposition from postrider.attempt_history"), "sentsent");
}

TEST_F(OutboxDoubtTest, AcceptanceCountsAlsoInOneBatchWithAnotherConclusion) {
    const Claimed waits = insert_and_claim();
    record({not_sent(waits), sent(waits)});
    EXPECT_EQ(claims_granted(request(read(waits.message.key.id))), 0u);
    const Claimed known = insert_and_claim();
    record({sent(known), not_sent(known)});
    EXPECT_EQ(column(known.message.key.id, "transmission_metadata::jsonb -> 'postrider' ->> 'outcome'"),
              "sent");
    EXPECT_EQ(db.text("select string_agg(verdict, ',') from postrider.attempt_history"), "sent,sent");
}

TEST_F(OutboxDoubtTest, AcceptanceThatIsLearnedBeforeTheNextTryStopsIt) {
    const Claimed claimed = insert_and_claim();
    record({not_sent(claimed)});
    const OutgoingMessage before = read(claimed.message.key.id);
    record({sent(claimed)});
    EXPECT_EQ(claims_granted(request(before)), 0u);
    EXPECT_EQ(read(claimed.message.key.id).journaled_end->provider_id, "provider-1");
}

TEST_F(OutboxDoubtTest, APartWhoseAcceptanceIsLearnedBeforeItsNextTryIsNotSentAgain) {
    auto wanted = request(read(insert()));
    wanted.parts = 2;
    const Claimed claimed{read(wanted.message_id), claim({wanted}).at(0)};
    record({not_sent(claimed)});
    const OutgoingMessage before = read(wanted.message_id);
    record({result(claimed, Disposition::next_part, Outcome::sent("P1", {}))});
    EXPECT_EQ(read(wanted.message_id).next_part, 2);
    EXPECT_EQ(claims_granted(request(before)), 0u);
}

TEST_F(OutboxDoubtTest, AMessageInPartsThatWasGivenUpStaysSo) {
    auto wanted = request(read(insert()));
    wanted.parts = 2;
    const Claimed claimed{read(wanted.message_id), claim({wanted}).at(0)};
    record({result(claimed, Disposition::given_up, Outcome::failed(Verdict::in_doubt, "nobody can tell"))});
    record({result(claimed, Disposition::next_part, Outcome::sent("P1", {}))});
    EXPECT_EQ(db.text("select state from postrider.messages"), "errored");
    change(wanted.message_id, "errored = false, sent_date = null, transmission_metadata = null");
    EXPECT_TRUE(read(wanted.message_id).journaled_end.value().given_up);
}

TEST_F(OutboxDoubtTest, ARowThatSomebodyResetMeanwhileIsNotTakenForTheOneThatWasGivenUp) {
    const Claimed claimed = insert_and_claim();
    record({result(claimed, Disposition::given_up, Outcome::failed(Verdict::in_doubt, "nobody can tell"))});
    change(claimed.message.key.id, "errored = false, sent_date = null");
    record({sent(claimed)});
    EXPECT_EQ(column(claimed.message.key.id, "sent_date"), "(null)");
}

TEST_F(OutboxDoubtTest, IdsThatAreRecordedForSomeMessageAreTold) {
    const Claimed claimed = insert_and_claim();
    record({sent(claimed)});
    insert(R"(sent_date = now(), transmission_metadata = '{"twilio_sid": ["SM77"]}')");
    const TimePoint since = db.now() - 1h;
    const auto recorded = [&](TimePoint from) {
        return result_of(outbox->read_evidence({"provider-1", "SM77", "SM99", ""}, from)).recorded_ids;
    };
    EXPECT_THAT(recorded(since), ElementsAre("SM77", "provider-1"));
    db.sql("update postrider.attempt_history set channel = 'another of the same account'");
    EXPECT_THAT(recorded(since), ElementsAre("SM77", "provider-1"));
    EXPECT_THAT(recorded(db.now() + 1h), IsEmpty());
}

TEST_F(OutboxDoubtTest, ContentsUnderWayAreTold) {
    auto wanted = request(read(insert()));
    wanted.content_hash.fill(0xab);
    const auto under_way = [&] { return result_of(outbox->read_evidence({}, db.now())).contents_in_flight; };
    claim({wanted});
    EXPECT_THAT(under_way(), ElementsAre(wanted.content_hash));
    db.sql("update postrider.attempt set doubt_since = now()");
    EXPECT_THAT(under_way(), IsEmpty());
}

TEST_F(OutboxDoubtTest, PartsGoOneAfterTheOtherAndARetryBeginsAtTheFirstThatWasNotAccepted) {
    auto wanted = request(read(insert()));
    wanted.parts = 3;
    Claimed claimed{read(wanted.message_id), claim({wanted}).at(0)};
    record({result(claimed, Disposition::next_part, Outcome::sent("P1", {{"sids", {"P1"}}}))});
    EXPECT_EQ(read(wanted.message_id).next_part, 2);
    EXPECT_EQ(db.text("select state from postrider.messages"), "due");

    wanted = request(read(wanted.message_id));
    wanted.part = 2;
    wanted.parts = 3;
    claimed.claim = claim({wanted}).at(0);
    record({not_sent(claimed)});
    EXPECT_EQ(read(wanted.message_id).next_part, 2);

    for (int part : {2, 3}) {
        wanted = request(read(wanted.message_id));
        wanted.part = part;
        wanted.parts = 3;
        claimed.claim = claim({wanted}).at(0);
        const std::string id = "P" + std::to_string(part);
        record({result(claimed, part == 3 ? Disposition::sent : Disposition::next_part,
                       Outcome::sent(id, {{"sids", {id}}}))});
    }
    EXPECT_EQ(column(wanted.message_id, "transmission_metadata::jsonb ->> 'sids'"), R"(["P1", "P2", "P3"])");
    EXPECT_EQ(column(wanted.message_id,
                     "jsonb_path_query_array(transmission_metadata::jsonb, '$.postrider.attempts[*].part')"),
              R"(["1/3", "2/3", "2/3", "3/3"])");
}

TEST_F(OutboxDoubtTest, TheEndOfSeveralPartsRemembersAllOfThem) {
    auto wanted = request(read(insert()));
    wanted.parts = 2;
    Claimed claimed{read(wanted.message_id), claim({wanted}).at(0)};
    record({result(claimed, Disposition::next_part, Outcome::sent("P1", {{"sids", {"P1"}}}))});
    wanted = request(read(wanted.message_id));
    wanted.part = wanted.parts = 2;
    claimed.claim = claim({wanted}).at(0);
    record({result(claimed, Disposition::sent, Outcome::sent("P2", {{"sids", {"P2"}}}))});
    change(wanted.message_id, "sent_date = null, transmission_metadata = null");  // a stale save
    EXPECT_EQ(read(wanted.message_id).journaled_end.value().metadata, R"({"sids":["P1","P2"]})");
}

TEST_F(OutboxDoubtTest, AKeyThatIsToBeRepeatedIsKeptWithItsFirstTime) {
    const Claimed claimed = insert_and_claim();
    AttemptResult again = not_sent(claimed);
    again.repeats_key = true;
    record({again});
    const OutgoingMessage row = read(claimed.message.key.id);
    ASSERT_TRUE(row.repeated_key);
    EXPECT_EQ(row.repeated_key->idempotency_key, claimed.claim.attempt.idempotency_key);
    EXPECT_EQ(row.repeated_key->first_sent, claimed.claim.attempt.first_sent);
}

}  // namespace
}  // namespace postrider::testing
