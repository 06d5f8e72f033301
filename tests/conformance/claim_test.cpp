#include "tests/conformance/outbox_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct OutboxClaimTest : OutboxTest {
    /// The same, but for the version: so that another condition decides.
    ClaimRequest as_it_is_now(ClaimRequest request) {
        request.row_version = ledger->row_version(request.message_id);
        return request;
    }
};

TEST_F(OutboxClaimTest, ADueRowIsGrantedAndJournaledUnderThisDaemonsName) {
    auto wanted = request(insert());
    wanted.content_hash.fill(0xab);
    wanted.part = 2;
    wanted.parts = 3;
    const auto claims = claim({wanted});
    ASSERT_EQ(claims.size(), 1u);
    EXPECT_EQ(claims[0].message_id, wanted.message_id);
    EXPECT_EQ(claims[0].attempt.idempotency_key, wanted.idempotency_key);
    const auto journal = ledger->open_attempts();
    ASSERT_EQ(journal.size(), 1u);
    EXPECT_EQ(journal[0].id, claims[0].attempt.id);
    EXPECT_EQ(journal[0].daemon, me);
    const ClaimRequest& kept = journal[0].request;
    EXPECT_EQ(kept.message_id, wanted.message_id);
    EXPECT_EQ(kept.channel, "test");
    EXPECT_EQ(kept.shard, 7);
    EXPECT_EQ(kept.destination, "sealed");
    EXPECT_EQ(kept.conversation, wanted.conversation);
    EXPECT_EQ(kept.content_hash, wanted.content_hash);
    EXPECT_EQ(kept.part, 2);
    EXPECT_EQ(kept.parts, 3);
    EXPECT_EQ(kept.idempotency_key, wanted.idempotency_key);
    EXPECT_EQ(kept.first_sent, claims[0].attempt.first_sent);
    EXPECT_EQ(row(wanted.message_id).sent_date, std::nullopt);
}

TEST_F(OutboxClaimTest, NothingAskedIsNothingGranted) {
    insert();
    EXPECT_THAT(claim({}), IsEmpty());
    EXPECT_THAT(ledger->open_attempts(), IsEmpty());
}

TEST_F(OutboxClaimTest, ARowThatWasPostponedIsNotGranted) {
    const auto wanted = request(insert());
    change(wanted.message_id, [&](StoredRow& row) { row.send_date = ledger->now() + 1h; });
    EXPECT_EQ(claims_granted(wanted), 0u);
    EXPECT_EQ(claims_granted(as_it_is_now(wanted)), 0u);
}

TEST_F(OutboxClaimTest, ARowIsGrantedFromTheVeryMomentThatItIsDue) {
    const TimePoint due = ledger->now();
    const auto wanted = request(insert({.send_date = due}));
    EXPECT_THAT(claim({wanted}, {due, due - 1us, TimePoint::min()}), IsEmpty());
    EXPECT_THAT(claim({wanted}, {due, due, TimePoint::min()}), SizeIs(1));
}

TEST_F(OutboxClaimTest, ARowClaimedAheadOfItsMomentHasTheMomentOfItsClaimAsItsFirstTime) {
    const auto now = ledger->now();
    const auto wanted = request(insert({.send_date = now + 10ms}));
    const auto claims = claim({wanted}, {now, now + 10ms, TimePoint::min()});
    ASSERT_THAT(claims, SizeIs(1));
    EXPECT_EQ(claims[0].attempt.first_sent, now);
}

TEST_F(OutboxClaimTest, ARowThatWasEditedIsNot) {
    const auto wanted = request(insert());
    change(wanted.message_id, [](StoredRow& row) { row.text = "other words"; });
    EXPECT_EQ(claims_granted(wanted), 0u);
    EXPECT_EQ(claims_granted(as_it_is_now(wanted)), 1u);
}

TEST_F(OutboxClaimTest, ARowThatErroredIsNot) {
    const auto wanted = request(insert());
    change(wanted.message_id, [](StoredRow& row) { row.errored = true; });
    EXPECT_EQ(claims_granted(as_it_is_now(wanted)), 0u);
}

TEST_F(OutboxClaimTest, ARowThatSomebodySentIsNot) {
    const auto wanted = request(insert());
    change(wanted.message_id, [&](StoredRow& row) { row.sent_date = ledger->now(); });
    EXPECT_EQ(claims_granted(as_it_is_now(wanted)), 0u);
}

TEST_F(OutboxClaimTest, ARowThatWasDeletedIsNot) {
    const auto wanted = request(insert());
    ledger->erase(wanted.message_id);
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, ARowThatGotMediaSinceIsNot) {
    auto wanted = request(insert());
    ledger->add_media(wanted.message_id);
    EXPECT_EQ(claims_granted(wanted), 0u);
    EXPECT_EQ(claims_granted(request(wanted.message_id)), 1u);
}

TEST_F(OutboxClaimTest, ARowThatSomebodyHoldsLockedIsNotAndIsNotWaitedFor) {
    const auto wanted = request(insert());
    Transaction writing = ledger->lock(wanted.message_id);
    EXPECT_EQ(claims_granted(wanted), 0u);
    writing.reset();
    EXPECT_EQ(claims_granted(wanted), 1u);
}

TEST_F(OutboxClaimTest, ARowThatIsBeingGivenMediaIsNot) {
    const auto wanted = request(insert());
    Transaction adding = ledger->begin_media(wanted.message_id);
    EXPECT_EQ(claims_granted(wanted), 0u);
    adding.reset();
    EXPECT_EQ(claims_granted(wanted), 0u) << "it has them now";
    EXPECT_EQ(claims_granted(request(wanted.message_id)), 1u);
}

TEST_F(OutboxClaimTest, ARowThatWasDeclaredCompleteSinceIsAsItWasPrepared) {
    const auto wanted = request(insert());
    ledger->declare_complete(wanted.message_id);
    EXPECT_EQ(claims_granted(wanted), 1u);
}

TEST_F(OutboxClaimTest, ARowThatAnotherDaemonHoldsIsNot) {
    const auto wanted = request(insert());
    claim({wanted});
    me = ledger->new_daemon();
    ledger->give_all_shards(me);
    EXPECT_EQ(claims_granted(wanted), 0u) << "not even with the same key";
    EXPECT_EQ(claims_granted(request(wanted.message_id)), 0u);
    EXPECT_THAT(ledger->open_attempts(), SizeIs(1));
}

TEST_F(OutboxClaimTest, ARowWhoseShardIsAnotherDaemonsOrNobodysIsNot) {
    const auto wanted = request(insert());
    ledger->give_shard(7, ledger->new_daemon());
    EXPECT_EQ(claims_granted(wanted), 0u);
    ledger->give_shard(7, std::nullopt);
    EXPECT_EQ(claims_granted(wanted), 0u);
    ledger->give_shard(7, me);
    EXPECT_EQ(claims_granted(wanted), 1u);
}

TEST_F(OutboxClaimTest, ARowThatSomebodyHoldsIsNotUntilItIsReleased) {
    const auto wanted = request(insert());
    const auto other = request(insert());
    ledger->hold(wanted.message_id);
    EXPECT_EQ(claims_granted(as_it_is_now(wanted)), 0u);
    EXPECT_EQ(claims_granted(other), 1u);
    ledger->release(wanted.message_id);
    EXPECT_EQ(claims_granted(as_it_is_now(wanted)), 1u);
}

TEST_F(OutboxClaimTest, ADaemonThatWasDeclaredDeadGetsNothing) {
    const auto wanted = request(insert());
    ledger->end(me);
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, ADaemonWithoutANameGetsNothing) {
    const auto wanted = request(insert());
    me = 0;
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, OfABatchThoseThatCanBeAreGranted) {
    const auto good = request(insert());
    const auto edited = request(insert());
    change(edited.message_id, [](StoredRow& row) { row.text = "other words"; });
    const auto also_good = request(insert());
    std::set<MessageId> granted;
    for (const Claim& each : claim({edited, also_good, good})) granted.insert(each.message_id);
    EXPECT_EQ(granted, (std::set{good.message_id, also_good.message_id}));
}

TEST_F(OutboxClaimTest, EachOfABatchIsJudgedByItself) {
    const Claimed tried = insert_and_claim();
    const Claimed was_sent = insert_and_claim();
    const Claimed is_open = insert_and_claim();
    record({waiting(tried), sent(was_sent)});
    save_stale(was_sent.id());
    const auto open = request(is_open.id());
    const auto fresh = request(insert());
    const auto illustrated = insert();
    ledger->add_media(illustrated);
    const auto got_media = request(insert());
    ledger->add_media(got_media.message_id);
    const auto held = request(insert());
    ledger->hold(held.message_id);
    auto forgotten = request(tried.id());
    forgotten.last_attempt = 0;
    auto end_not_known = request(was_sent.id());
    end_not_known.known_end = 0;
    const auto granted = [&](std::vector<ClaimRequest> batch) {
        std::set<MessageId> ids;
        for (const Claim& each : claim(std::move(batch))) ids.insert(each.message_id);
        return ids;
    };
    EXPECT_EQ(granted({forgotten, end_not_known, open, fresh, request(illustrated), got_media, held}),
              (std::set{fresh.message_id, illustrated}));
    EXPECT_EQ(granted({request(tried.id()), request_knowing(was_sent), open}),
              (std::set{tried.id(), was_sent.id()}));
}

TEST_F(OutboxClaimTest, AClaimThatIsAskedAgainAmongNewOnesIsTheSameAttempt) {
    const auto lost = request(insert());
    const auto first = claim({lost});
    const auto fresh = request(insert());
    const auto both = claim({fresh, lost});
    ASSERT_EQ(both.size(), 2u);
    for (const Claim& each : both) {
        EXPECT_EQ(each.attempt.id == first.at(0).attempt.id, each.message_id == lost.message_id);
    }
    EXPECT_THAT(ledger->open_attempts(), SizeIs(2));
}

TEST_F(OutboxClaimTest, AskedAgainWithTheSameKeyItIsTheSameAttempt) {
    const auto wanted = request(insert());
    const auto first = claim({wanted});
    const auto again = claim({wanted});
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].attempt.id, first.at(0).attempt.id);
    EXPECT_EQ(again[0].attempt.first_sent, first[0].attempt.first_sent);
    EXPECT_THAT(ledger->open_attempts(), SizeIs(1));
}

TEST_F(OutboxClaimTest, AskedAgainAfterAnEditItIsTheSameAttemptAtWhatTheRowSaysNow) {
    auto wanted = request(insert());
    const auto first = claim({wanted});
    const TimePoint postponed = ledger->now() - 1min;
    change(wanted.message_id, [&](StoredRow& row) { row.send_date = postponed; });
    wanted = as_it_is_now(wanted);
    wanted.content_hash.fill(0xcd);
    wanted.conversation.fill(0xce);
    wanted.channel = "other";
    wanted.parts = 2;
    const auto again = claim({wanted});
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].attempt.id, first.at(0).attempt.id);
    EXPECT_EQ(again[0].attempt.first_sent, first[0].attempt.first_sent);
    const ClaimRequest kept = ledger->open_attempts().at(0).request;
    EXPECT_EQ(kept.content_hash, wanted.content_hash);
    EXPECT_EQ(kept.conversation, wanted.conversation);
    EXPECT_EQ(kept.channel, "other");
    EXPECT_EQ(kept.parts, 2);
    record({in_doubt({read(wanted.message_id), again[0]})});
    EXPECT_EQ(doubts().at(0).message.send_date, postponed);
}

TEST_F(OutboxClaimTest, AskedAgainWithAnotherKeyItIsRefused) {
    const OutgoingMessage message = read(insert());
    EXPECT_EQ(claims_granted(request(message)), 1u);
    EXPECT_EQ(claims_granted(request(message)), 0u);
}

TEST_F(OutboxClaimTest, AKeyThatIsRepeatedKeepsItsFirstTime) {
    auto wanted = request(insert());
    wanted.first_sent = ledger->now() - 3min;
    EXPECT_EQ(claim({wanted}).at(0).attempt.first_sent, wanted.first_sent);
    EXPECT_EQ(ledger->open_attempts().at(0).request.first_sent, wanted.first_sent);
}

TEST_F(OutboxClaimTest, AKeyThatIsNewHasTheMomentOfItsClaimAsItsFirstTime) {
    const TimePoint now = ledger->now() - 1s;
    const auto claims = claim({request(insert())}, {now, now, TimePoint::min()});
    EXPECT_EQ(claims.at(0).attempt.first_sent, now);
}

TEST_F(OutboxClaimTest, NothingPassesAnOpenAttemptOfItsConversation) {
    const auto first = request(insert());
    auto second = request(insert());
    second.conversation = first.conversation;
    const auto other = request(insert());
    claim({first});
    EXPECT_EQ(claims_granted(second), 0u);
    EXPECT_EQ(claims_granted(other), 1u);
    run(outbox->withdraw({first.idempotency_key}));
    EXPECT_EQ(claims_granted(second), 1u);
}

TEST_F(OutboxClaimTest, NothingPassesWhatADeadDaemonLeftOpenInItsConversation) {
    const auto first = request(insert());
    auto second = request(insert());
    second.conversation = first.conversation;
    claim({first});
    replace_daemon();
    EXPECT_EQ(claims_granted(second), 0u);
}

TEST_F(OutboxClaimTest, WhatHasBeenInDoubtForLongHoldsItsConversationNoMore) {
    const Claimed first = insert_and_claim();
    auto second = request(insert());
    second.conversation = request(first.id()).conversation;
    AttemptResult doubt = in_doubt(first);
    doubt.ended = ledger->now() - 10min;
    record({doubt});
    const auto granted = [&](std::chrono::minutes order_hold) {
        const TimePoint now = ledger->now();
        return claim({second}, {now, now, now - order_hold}).size();
    };
    EXPECT_EQ(granted(11min), 0u);
    EXPECT_EQ(granted(9min), 1u);
}

TEST_F(OutboxClaimTest, AMessageInDoubtIsNotGrantedHoweverLongItHasBeen) {
    const Claimed claimed = insert_and_claim();
    AttemptResult doubt = in_doubt(claimed);
    doubt.ended = ledger->now() - 10min;
    record({doubt});
    const auto wanted = request(claimed.id());
    const TimePoint now = ledger->now();
    EXPECT_THAT(claim({wanted}, {now, now, now}), IsEmpty());
}

TEST_F(OutboxClaimTest, WhatCameToAnEndIsGrantedOnlyToWhoeverKnowsThatEnd) {
    const Claimed claimed = insert_and_claim();
    record({sent(claimed)});
    save_stale(claimed.id());
    const OutgoingMessage row = read(claimed.id());
    EXPECT_EQ(claims_granted(request(row)), 0u);
    ASSERT_TRUE(row.journaled_end);
    EXPECT_EQ(row.journaled_end->attempt_id, claimed.claim.attempt.id);
    auto knowing = request(row);
    knowing.known_end = row.journaled_end->attempt_id;
    EXPECT_EQ(claims_granted(knowing), 1u);
}

TEST_F(OutboxClaimTest, WhoeverKnowsAnEarlierEndThanTheLastIsRefused) {
    const Claimed first = insert_and_claim();
    record({given_up(first)});
    reset(first.id());
    record({given_up(claim_it(request_knowing(first)))});
    reset(first.id());
    EXPECT_EQ(claims_granted(request_knowing(first)), 0u);
}

TEST_F(OutboxClaimTest, WhoeverDoesNotKnowOfThePartsThatWereAcceptedIsRefused) {
    const OutgoingMessage before = read(insert());
    record({next_part(claim_it(request(before)), "P1")});
    EXPECT_EQ(claims_granted(request(before)), 0u);
    EXPECT_EQ(claims_granted(request(before.key.id)), 1u);
}

TEST_F(OutboxClaimTest, WhoeverDoesNotKnowOfTheLastTryIsRefused) {
    const OutgoingMessage before = read(insert());
    record({waiting(claim_it(request(before)))});
    EXPECT_EQ(claims_granted(request(before)), 0u);
    EXPECT_EQ(claims_granted(request(before.key.id)), 1u);
}

}  // namespace
}  // namespace postrider::testing
