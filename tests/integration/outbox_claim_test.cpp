#include "tests/integration/outbox_loop_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

struct OutboxClaimTest : OutboxLoopTest {};

TEST_F(OutboxClaimTest, ADueRowIsGrantedAndJournaledUnderThisDaemonsName) {
    const auto id = insert();
    const auto claims = claim({request(read(id))});
    ASSERT_EQ(claims.size(), 1u);
    EXPECT_EQ(claims[0].message_id, id);
    EXPECT_EQ(db.text("select daemon_id || ' ' || channel || ' ' || shard || ' ' || destination || ' ' || "
                      "idempotency_key "
                      "from postrider.attempt where id = $1",
                      claims[0].attempt.id),
              fmt::format("{} test 7 sealed {}", me, claims[0].attempt.idempotency_key));
    EXPECT_EQ(column(id, "sent_date"), "(null)");
}

TEST_F(OutboxClaimTest, ARowThatWasPostponedIsNot) {
    const auto wanted = request(read(insert()));
    change(wanted.message_id, "send_date = now() + interval '1 hour'");
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, ARowThatIsNotDueYetIsNot) {
    EXPECT_EQ(claims_granted(request(read(insert("send_date = now() + interval '1 hour'")))), 0u);
}

TEST_F(OutboxClaimTest, ARowThatWasEditedIsNot) {
    const auto wanted = request(read(insert()));
    change(wanted.message_id, "message = 'other words'");
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, ARowThatErroredIsNot) {
    auto wanted = request(read(insert()));
    change(wanted.message_id, "errored = true");
    wanted.row_version = column(wanted.message_id, "xmin");
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, ARowThatSomebodySentIsNot) {
    auto wanted = request(read(insert()));
    change(wanted.message_id, "sent_date = now()");
    wanted.row_version = column(wanted.message_id, "xmin");
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, ARowThatWasDeletedIsNot) {
    const auto wanted = request(read(insert()));
    db.script("delete from simple_messaging_outgoingmessage");
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, ARowThatGotMediaSinceIsNot) {
    const auto wanted = request(read(insert()));
    db.sql("insert into simple_messaging_outgoingmessagemedia (message_id) values ($1)", wanted.message_id);
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, ARowThatSomebodyHoldsLockedIsNotAndIsNotWaitedFor) {
    const auto wanted = request(read(insert()));
    const auto site = db.connect();
    pqxx::work transaction(*site);
    transaction.exec("select * from simple_messaging_outgoingmessage for update");
    EXPECT_EQ(claims_granted(wanted), 0u);
    transaction.commit();
    EXPECT_EQ(claims_granted(wanted), 1u);
}

TEST_F(OutboxClaimTest, ARowThatIsBeingGivenMediaIsNot) {
    const auto wanted = request(read(insert()));
    const auto site = db.connect();
    pqxx::work transaction(*site);
    transaction.exec_params("insert into simple_messaging_outgoingmessagemedia (message_id) values ($1)",
                            wanted.message_id);
    transaction.exec("set constraints all immediate");
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, ARowThatAnotherDaemonHoldsIsNot) {
    const auto wanted = request(read(insert()));
    const DaemonId other = new_daemon();
    db.sql(
        "insert into postrider.attempt (message_id, channel, shard, conversation, daemon_id, "
        "idempotency_key, "
        "first_sent, content_hash, destination) values ($1, 'c', 7, '', $2, gen_random_uuid(), now(), '', "
        "'')",
        wanted.message_id, other);
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, ARowWhoseShardIsAnotherDaemonsIsNot) {
    const auto wanted = request(read(insert()));
    db.sql("update postrider.shard set daemon_id = $1 where shard = 7", new_daemon());
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, ADaemonThatWasDeclaredDeadGetsNothing) {
    const auto wanted = request(read(insert()));
    end(me);
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, ADaemonWithoutANameGetsNothing) {
    const auto wanted = request(read(insert()));
    me = 0;
    EXPECT_EQ(claims_granted(wanted), 0u);
}

TEST_F(OutboxClaimTest, AskedAgainWithTheSameKeyItIsTheSameAttempt) {
    const auto wanted = request(read(insert()));
    const auto first = claim({wanted});
    const auto again = claim({wanted});
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].attempt.id, first.at(0).attempt.id);
    EXPECT_EQ(again[0].attempt.first_sent, first[0].attempt.first_sent);
    EXPECT_EQ(open_attempts(), 1);
}

TEST_F(OutboxClaimTest, AskedAgainWithAnotherKeyItIsRefused) {
    const OutgoingMessage message = read(insert());
    EXPECT_EQ(claims_granted(request(message)), 1u);
    EXPECT_EQ(claims_granted(request(message)), 0u);
}

TEST_F(OutboxClaimTest, OfABatchThoseThatCanBeAreGranted) {
    const auto good = request(read(insert()));
    const auto edited = request(read(insert()));
    change(edited.message_id, "message = 'other words'");
    const auto claims = claim({edited, good});
    ASSERT_EQ(claims.size(), 1u);
    EXPECT_EQ(claims[0].message_id, good.message_id);
}

TEST_F(OutboxClaimTest, WhoeverDeclaresADaemonDeadWaitsForItsClaimUnderWay) {
    const auto wanted = request(read(insert()));
    const auto peer = db.connect();
    pqxx::work burial(*peer);
    burial.exec_params("update postrider.daemon set ended = now() where id = $1", me);
    std::optional<std::vector<Claim>> claims;
    group.spawn("claim", keep(outbox->claim({wanted}, db.now(), TimePoint::min()), claims));
    ASSERT_TRUE(run_until([&] {
        return db.number(
                   "select count(*) from pg_stat_activity where datname = current_database() and "
                   "wait_event_type = 'Lock'") > 0;
    }));
    burial.commit();
    ASSERT_TRUE(run_until([&] { return claims.has_value(); }));
    EXPECT_TRUE(claims->empty());
}

TEST_F(OutboxClaimTest, NothingPassesAnOpenAttemptOfItsConversation) {
    auto first = request(read(insert()));
    auto second = request(read(insert()));
    second.conversation = first.conversation;
    const auto other = request(read(insert()));
    const Claim open = claim({first}).at(0);
    EXPECT_EQ(claims_granted(second), 0u);
    EXPECT_EQ(claims_granted(other), 1u);
    db.sql("delete from postrider.attempt where id = $1", open.attempt.id);
    EXPECT_EQ(claims_granted(second), 1u);
}

TEST_F(OutboxClaimTest, WhatHasBeenInDoubtForLongHoldsItsConversationNoMore) {
    const auto first = request(read(insert()));
    auto second = request(read(insert()));
    second.conversation = first.conversation;
    claim({first});
    db.sql("update postrider.attempt set doubt_since = now() - interval '10 minutes'");
    const auto granted = [&](std::chrono::minutes order_hold) {
        return result_of(outbox->claim({second}, db.now(), db.now() - order_hold)).size();
    };
    EXPECT_EQ(granted(std::chrono::minutes{11}), 0u);
    EXPECT_EQ(granted(std::chrono::minutes{9}), 1u);
}

TEST_F(OutboxClaimTest, WhatCameToAnEndIsGrantedOnlyToWhoeverKnowsThatEnd) {
    const Claimed claimed = insert_and_claim();
    record({sent(claimed)});
    const auto id = claimed.message.key.id;
    change(id, "sent_date = null, transmission_metadata = null");  // a stale save
    OutgoingMessage row = read(id);
    EXPECT_EQ(claims_granted(request(row)), 0u);
    ASSERT_TRUE(row.journaled_end);
    EXPECT_EQ(row.journaled_end->attempt_id, claimed.claim.attempt.id);
    auto knowing = request(row);
    knowing.known_end = row.journaled_end->attempt_id;
    EXPECT_EQ(claims_granted(knowing), 1u);
}

TEST_F(OutboxClaimTest, WhoeverDoesNotKnowOfThePartsThatWereAcceptedIsRefused) {
    const OutgoingMessage before = read(insert());
    Claimed claimed{before, claim({request(before)}).at(0)};
    record({result(claimed, Disposition::next_part, Outcome::sent("P1", {}))});
    EXPECT_EQ(claims_granted(request(before)), 0u);
    EXPECT_EQ(claims_granted(request(read(before.key.id))), 1u);
}

TEST_F(OutboxClaimTest, AKeyThatIsRepeatedKeepsItsFirstTime) {
    auto wanted = request(read(insert()));
    wanted.first_sent = db.now() - std::chrono::minutes{3};
    EXPECT_EQ(claim({wanted}).at(0).attempt.first_sent, wanted.first_sent);
}

}  // namespace
}  // namespace postrider::testing
