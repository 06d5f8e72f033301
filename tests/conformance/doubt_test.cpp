#include "tests/conformance/outbox_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using OutboxDoubtTest = OutboxTest;

TEST_F(OutboxDoubtTest, AttemptsOfADaemonThatEndedAreTakenOverWithAllThatIdentifiesThem) {
    auto wanted = request(insert());
    wanted.content_hash.fill(0xab);
    wanted.part = 2;
    wanted.parts = 3;
    const Claim mine = claim({wanted}).at(0);
    const TimePoint before = ledger->now();
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
    EXPECT_FALSE(found[0].reason.empty());
    EXPECT_EQ(found[0].failed_attempts, 0);
    EXPECT_GE(found[0].since, before) << "when its daemon ended";
    EXPECT_LE(found[0].since, ledger->now());
    EXPECT_EQ(found[0].over - found[0].since, 25s) << "its lease, and the time-out of its request";
    EXPECT_EQ(doubts().size(), 1u) << "until it is over";
    EXPECT_EQ(ledger->open_attempts().at(0).daemon, me);
}

TEST_F(OutboxDoubtTest, AClaimUnderWhichNothingWasToBeSentGoesWithItsDaemon) {
    auto wanted = request(insert());
    wanted.part = 0;
    claim({wanted});
    EXPECT_THAT(doubtful(), IsEmpty());
    EXPECT_THAT(ledger->open_attempts(), SizeIs(1)) << "it is under way";
    replace_daemon();
    EXPECT_THAT(doubtful(), IsEmpty());
    EXPECT_THAT(ledger->open_attempts(), IsEmpty());
    EXPECT_EQ(claims_granted(request(wanted.message_id)), 1u);
}

TEST_F(OutboxDoubtTest, AnOwnClaimUnderWhichNothingWasToBeSentGoesAfterAMinuteUnlessItIsInHand) {
    auto wanted = request(insert());
    wanted.part = 0;
    claim({wanted});
    ledger->age_open_attempts(2min);
    EXPECT_THAT(doubtful({wanted.message_id}), IsEmpty());
    EXPECT_THAT(ledger->open_attempts(), SizeIs(1));
    EXPECT_THAT(doubtful(), IsEmpty());
    EXPECT_THAT(ledger->open_attempts(), IsEmpty());
}

TEST_F(OutboxDoubtTest, AttemptsOfALivingDaemonAreNot) {
    insert_and_claim();
    me = ledger->new_daemon();
    ledger->give_all_shards(me);
    EXPECT_THAT(doubtful(), IsEmpty());
}

TEST_F(OutboxDoubtTest, AttemptsInAShardOfAnotherAreNot) {
    insert_and_claim();
    ledger->end(me);
    me = ledger->new_daemon();
    EXPECT_THAT(doubtful(), IsEmpty());
}

TEST_F(OutboxDoubtTest, ADaemonThatWasDeclaredDeadTakesNothingOver) {
    insert_and_claim();
    replace_daemon();
    ledger->end(me);
    EXPECT_THAT(doubtful(), IsEmpty());
}

TEST_F(OutboxDoubtTest, ADaemonWithoutANameTakesNothingOver) {
    insert_and_claim();
    replace_daemon();
    me = 0;
    EXPECT_THAT(doubtful(), IsEmpty());
}

TEST_F(OutboxDoubtTest, WhatIsInHandIsNot) {
    const Claimed first = insert_and_claim();
    const Claimed second = insert_and_claim();
    replace_daemon();
    EXPECT_THAT(doubtful({first.id()}), ElementsAre(second.id()));
    EXPECT_THAT(doubtful(), ElementsAre(first.id(), second.id()));
}

TEST_F(OutboxDoubtTest, AnOwnDoubtWhoseMessageIsInHandIsNot) {
    const Claimed claimed = insert_and_claim();
    record({in_doubt(claimed)});
    EXPECT_THAT(doubtful({claimed.id()}), IsEmpty());
    EXPECT_THAT(doubtful(), ElementsAre(claimed.id()));
}

TEST_F(OutboxDoubtTest, AnOwnAttemptThatNobodyEndsForAMinuteIsInDoubt) {
    const Claimed claimed = insert_and_claim();
    EXPECT_THAT(doubtful(), IsEmpty());
    ledger->age_open_attempts(50s);
    EXPECT_THAT(doubtful(), IsEmpty());
    ledger->age_open_attempts(11s);
    EXPECT_THAT(doubtful({claimed.id()}), IsEmpty());
    const auto found = doubts();
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].message.id, claimed.id());
    EXPECT_GE(found[0].over - found[0].since, 25s);
    EXPECT_LT(found[0].over - found[0].since, 26s);
}

TEST_F(OutboxDoubtTest, ADoubtOfALivingDaemonGoesWithItsShard) {
    const Claimed claimed = insert_and_claim();
    const AttemptResult result = in_doubt(claimed);
    record({result});
    me = ledger->new_daemon();
    ledger->give_all_shards(me);
    const auto found = doubts();
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].message.id, claimed.id());
    EXPECT_EQ(found[0].since, result.ended) << "as its daemon had it";
    EXPECT_EQ(found[0].over, result.ended);
}

TEST_F(OutboxDoubtTest, ADoubtOfADeadDaemonIsAsItHadIt) {
    const Claimed claimed = insert_and_claim();
    AttemptResult result = in_doubt(claimed);
    result.ended -= 10min;
    record({result});
    replace_daemon();
    const auto found = doubts();
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].since, result.ended);
    EXPECT_EQ(found[0].over, result.ended);
    EXPECT_EQ(found[0].reason, "no answer");
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
    EXPECT_TRUE(read(claimed.id()).attempt_open);
    EXPECT_THAT(ledger->history(), IsEmpty());
    record({sent(claimed)});
    EXPECT_THAT(doubtful(), IsEmpty());
    EXPECT_TRUE(is_sent(claimed.id()));
}

TEST_F(OutboxDoubtTest, ADoubtIsAsOldAsItsFirstTelling) {
    const Claimed claimed = insert_and_claim();
    const AttemptResult first = in_doubt(claimed);
    record({first});
    AttemptResult again = first;
    again.ended += 1min;
    again.outcome.reason = "still no answer";
    record({again});
    const auto found = doubts();
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].since, first.ended);
    EXPECT_EQ(found[0].over, first.ended);
    EXPECT_EQ(found[0].reason, "no answer");
}

TEST_F(OutboxDoubtTest, WhatThePeerHasTakenOverStaysAsItFoundIt) {
    const Claimed claimed = insert_and_claim();
    replace_daemon();
    const TimePoint since = doubts().at(0).since;
    AttemptResult late = in_doubt(claimed);
    late.ended += 1min;
    record({late});
    EXPECT_EQ(doubts().at(0).since, since);
    EXPECT_EQ(doubts()[0].over, since + 25s);
}

TEST_F(OutboxDoubtTest, DoubtsComeInTheOrderOfTheirFirstRequests) {
    auto first = request(insert());
    auto second = request(insert());
    auto third = request(insert());
    second.first_sent = ledger->now() - 1h;
    claim({first});
    claim({second});
    claim({third});
    replace_daemon();
    EXPECT_THAT(doubtful(), ElementsAre(second.message_id, first.message_id, third.message_id));
}

TEST_F(OutboxDoubtTest, ADoubtTellsOfTheTriesThatFailedBefore) {
    const Claimed first = insert_and_claim();
    AttemptResult failed = waiting(first);
    failed.failed_attempts = 3;
    record({failed});
    record({in_doubt(claim_it(request(first.id())))});
    EXPECT_EQ(doubts().at(0).failed_attempts, 3);
}

TEST_F(OutboxDoubtTest, ADoubtWhoseRowWasDeletedIsTakenOverToo) {
    const Claimed claimed = insert_and_claim();
    ledger->erase(claimed.id());
    replace_daemon();
    EXPECT_THAT(doubtful(), ElementsAre(claimed.id()));
}

}  // namespace
}  // namespace postrider::testing
