// What is learned of a request after a peer has taken its attempt over, or concluded something else.
#include "tests/conformance/outbox_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

struct LateResultTest : OutboxTest {
    AttemptResult given_up_in_doubt(const Claimed& claimed) {
        Outcome doubt = Outcome::failed(Verdict::in_doubt, "nobody can tell");
        doubt.metadata["error"] = "in doubt";
        return result(claimed, Disposition::given_up, doubt);
    }
};

TEST_F(LateResultTest, WhoeverMadeARequestMaySayWhatCameOfItAfterItWasTakenOver) {
    const Claimed claimed = insert_and_claim();
    const DaemonId dead = me;
    replace_daemon();
    ASSERT_EQ(doubts().size(), 1u);
    const DaemonId heir = std::exchange(me, dead);
    record({sent(claimed)});
    EXPECT_TRUE(is_sent(claimed.id()));
    EXPECT_EQ(ledger->history().at(0).provider_id, "provider-1");
    me = heir;
    record({waiting(claimed)});  // what the heir concludes too late counts no more
    record({given_up(claimed)});
    EXPECT_TRUE(is_sent(claimed.id()));
    EXPECT_THAT(ledger->history(), SizeIs(1));
    EXPECT_EQ(ledger->history()[0].verdict, Verdict::sent);
}

TEST_F(LateResultTest, AlsoThatItFailed) {
    const Claimed claimed = insert_and_claim();
    replace_daemon();
    ASSERT_EQ(doubts().size(), 1u);
    record({waiting(claimed)});
    EXPECT_EQ(doubts().size(), 0u);
    EXPECT_EQ(read(claimed.id()).failed_attempts, 1);
}

TEST_F(LateResultTest, AcceptanceThatIsLearnedAfterItWasGivenUpCounts) {
    const Claimed claimed = insert_and_claim();
    record({given_up_in_doubt(claimed)});
    EXPECT_TRUE(row(claimed.id()).errored);
    const AttemptResult late = sent(claimed);
    record({late});
    EXPECT_TRUE(is_sent(claimed.id()));
    EXPECT_EQ(row(claimed.id()).sent_date, late.ended);
    EXPECT_EQ(marker(claimed.id(), "outcome"), "sent");
    ASSERT_THAT(ledger->history(), SizeIs(1));
    EXPECT_EQ(ledger->history()[0].verdict, Verdict::sent);
    EXPECT_EQ(ledger->history()[0].disposition, Disposition::sent);
    EXPECT_EQ(ledger->history()[0].provider_id, "provider-1");
}

TEST_F(LateResultTest, LearnedAgainItChangesNothing) {
    const Claimed claimed = insert_and_claim();
    record({given_up_in_doubt(claimed)});
    record({sent(claimed)});
    const std::string version = ledger->row_version(claimed.id());
    record({sent(claimed)});
    EXPECT_EQ(ledger->row_version(claimed.id()), version);
}

TEST_F(LateResultTest, TheRowListsTheAttemptOnceAsWhatItCameTo) {
    const Claimed claimed = insert_and_claim();
    record({given_up_in_doubt(claimed)});
    record({sent(claimed)});
    const auto attempts = marker(claimed.id(), "attempts").as_array();
    ASSERT_EQ(attempts.size(), 1u);
    EXPECT_EQ(attempts[0].at("outcome"), "sent");
    EXPECT_FALSE(attempts[0].as_object().contains("reason"));
}

TEST_F(LateResultTest, TheJournalSaysForWhatItWasTakenBefore) {
    const Claimed claimed = insert_and_claim();
    record({given_up_in_doubt(claimed)});
    record({sent(claimed)});
    save_stale(claimed.id());
    const JournaledEnd end = read(claimed.id()).journaled_end.value();
    EXPECT_FALSE(end.given_up);
    EXPECT_EQ(end.verdict, Verdict::sent);
    EXPECT_EQ(end.reason, "it was accepted, as was learned later; taken before as in_doubt: nobody can tell");
    EXPECT_EQ(end.metadata, R"({"loopback":"yes"})");
}

TEST_F(LateResultTest, KeysThatOthersWroteSinceItWasGivenUpAreKept) {
    const Claimed claimed = insert_and_claim();
    record({given_up_in_doubt(claimed)});
    change(claimed.id(), [](StoredRow& row) { row.metadata->insert(1, R"("theirs": 1e400, )"); });
    record({sent(claimed)});
    EXPECT_TRUE(is_sent(claimed.id()));
    EXPECT_THAT(row(claimed.id()).metadata.value(), HasSubstr(R"("theirs": 1e400, )"));
}

TEST_F(LateResultTest, AcceptanceThatIsLearnedBeforeTheNextTryStopsIt) {
    const Claimed claimed = insert_and_claim();
    record({waiting(claimed)});
    const OutgoingMessage before = read(claimed.id());
    record({sent(claimed)});
    EXPECT_EQ(claims_granted(request(before)), 0u);
    EXPECT_EQ(claims_granted(request(claimed.id())), 0u);
    const JournaledEnd end = read(claimed.id()).journaled_end.value();
    EXPECT_EQ(end.provider_id, "provider-1");
    EXPECT_FALSE(end.given_up);
}

TEST_F(LateResultTest, FailureThatIsLearnedLateCountsNoMore) {
    const Claimed claimed = insert_and_claim();
    record({given_up_in_doubt(claimed)});
    const std::string version = ledger->row_version(claimed.id());
    record({waiting(claimed)});
    record({given_up(claimed)});
    EXPECT_EQ(ledger->row_version(claimed.id()), version);
    EXPECT_EQ(ledger->history().at(0).verdict, Verdict::in_doubt);
}

TEST_F(LateResultTest, APartWhoseAcceptanceIsLearnedBeforeItsNextTryIsNotSentAgain) {
    const MessageId id = insert();
    const Claimed claimed = claim_part(id, 1, 2);
    AttemptResult failed = waiting(claimed);
    failed.repeats_key = true;
    record({failed});
    const OutgoingMessage before = read(id);
    record({next_part(claimed, "P1")});
    const OutgoingMessage after = read(id);
    EXPECT_EQ(after.next_part, 2);
    EXPECT_NE(after.last_attempt, before.last_attempt);
    EXPECT_FALSE(after.repeated_key);
    EXPECT_FALSE(after.journaled_end);
    EXPECT_EQ(claims_granted(request(before)), 0u);
    EXPECT_EQ(claims_granted(request(after)), 1u);
}

TEST_F(LateResultTest, APartThatHasBeenTriedAgainMeanwhileMovesNothing) {
    const MessageId id = insert();
    const Claimed first = claim_part(id, 1, 2);
    record({waiting(first)});
    const Claimed second = claim_part(id, 1, 2);
    record({waiting(second)});
    record({next_part(first, "P1")});
    EXPECT_EQ(read(id).next_part, 1);
    EXPECT_EQ(read(id).last_attempt, second.claim.attempt.id);
    EXPECT_EQ(ledger->history().at(0).verdict, Verdict::sent);
}

TEST_F(LateResultTest, AMessageInPartsThatWasGivenUpStaysSo) {
    const MessageId id = insert();
    const Claimed claimed = claim_part(id, 1, 2);
    record({given_up_in_doubt(claimed)});
    record({next_part(claimed, "P1")});
    EXPECT_TRUE(row(id).errored);
    save_stale(id);
    EXPECT_TRUE(read(id).journaled_end.value().given_up);
}

TEST_F(LateResultTest, ALastPartThatWasAcceptedAfterAllMakesItsMessageSentWithAllItsParts) {
    const MessageId id = insert();
    record({next_part(claim_part(id, 1, 2), "P1")});
    const Claimed last = claim_part(id, 2, 2);
    record({given_up_in_doubt(last)});
    record({result(last, Disposition::sent, Outcome::sent("P2", {{"sids", {"P2"}}}))});
    EXPECT_TRUE(is_sent(id));
    EXPECT_EQ(marker(id, "attempts").as_array().size(), 2u);
    save_stale(id);
    EXPECT_EQ(read(id).journaled_end.value().metadata, R"({"sids":["P1","P2"]})");
}

TEST_F(LateResultTest, ARowThatSomebodyResetMeanwhileIsNotTakenForTheOneThatWasGivenUp) {
    const Claimed claimed = insert_and_claim();
    record({given_up_in_doubt(claimed)});
    reset(claimed.id());
    record({sent(claimed)});
    EXPECT_EQ(row(claimed.id()).sent_date, std::nullopt);
    EXPECT_FALSE(read(claimed.id()).journaled_end.value().given_up);
}

TEST_F(LateResultTest, ARowThatWasDeletedMeanwhileHindersItNot) {
    const Claimed claimed = insert_and_claim();
    record({given_up_in_doubt(claimed)});
    ledger->erase(claimed.id());
    record({sent(claimed)});
    EXPECT_EQ(ledger->history().at(0).verdict, Verdict::sent);
}

TEST_F(LateResultTest, AcceptanceCountsAlsoInOneBatchWithAnotherConclusion) {
    const Claimed waits = insert_and_claim();
    record({waiting(waits), sent(waits)});
    EXPECT_EQ(claims_granted(request(waits.id())), 0u);
    EXPECT_EQ(read(waits.id()).journaled_end.value().provider_id, "provider-1");
    const Claimed gives_up = insert_and_claim();
    record({given_up_in_doubt(gives_up), sent(gives_up)});
    EXPECT_TRUE(is_sent(gives_up.id()));
    const Claimed known = insert_and_claim();
    record({sent(known), waiting(known)});
    EXPECT_TRUE(is_sent(known.id()));
    EXPECT_THAT(ledger->history(), SizeIs(3));
}

}  // namespace
}  // namespace postrider::testing
