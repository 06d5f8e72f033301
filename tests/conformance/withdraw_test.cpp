#include "tests/conformance/outbox_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

struct OutboxWithdrawTest : OutboxTest {
    void withdraw(std::vector<std::string> keys) { run(outbox->withdraw(std::move(keys))); }
};

TEST_F(OutboxWithdrawTest, AClaimThatIsTakenBackLeavesNoTrace) {
    const auto wanted = request(insert());
    const std::string version = ledger->row_version(wanted.message_id);
    claim({wanted});
    withdraw({wanted.idempotency_key});
    EXPECT_THAT(ledger->open_attempts(), IsEmpty());
    EXPECT_THAT(ledger->history(), IsEmpty());
    EXPECT_EQ(ledger->row_version(wanted.message_id), version);
    EXPECT_FALSE(read(wanted.message_id).attempt_open);
    EXPECT_EQ(claims_granted(request(wanted.message_id)), 1u);
}

TEST_F(OutboxWithdrawTest, OnlyTheClaimsThatAreNamedAreTakenBack) {
    const auto first = request(insert());
    const auto second = request(insert());
    const auto third = request(insert());
    claim({first, second, third});
    withdraw({first.idempotency_key, third.idempotency_key});
    ASSERT_THAT(ledger->open_attempts(), SizeIs(1));
    EXPECT_EQ(ledger->open_attempts()[0].request.message_id, second.message_id);
}

TEST_F(OutboxWithdrawTest, ClaimsOfOthersStay) {
    const auto wanted = request(insert());
    claim({wanted});
    me = ledger->new_daemon();
    ledger->give_all_shards(me);
    withdraw({wanted.idempotency_key});
    EXPECT_THAT(ledger->open_attempts(), SizeIs(1));
}

TEST_F(OutboxWithdrawTest, ClaimsThatNeverGotIntoTheJournalAreNoError) {
    const auto wanted = request(insert());
    claim({wanted});
    withdraw({request(insert()).idempotency_key});
    withdraw({});
    EXPECT_THAT(ledger->open_attempts(), SizeIs(1));
}

TEST_F(OutboxWithdrawTest, WhatHasEndedByThenStaysEnded) {
    const auto wanted = request(insert());
    record({sent(claim_it(wanted))});
    withdraw({wanted.idempotency_key});
    EXPECT_THAT(ledger->history(), SizeIs(1));
    EXPECT_TRUE(is_sent(wanted.message_id));
}

}  // namespace
}  // namespace postrider::testing
