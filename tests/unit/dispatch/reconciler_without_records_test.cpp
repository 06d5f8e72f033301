// Doubts at providers that keep no records: repeated under their key, or left to `on_doubt`.
#include "tests/support/reconciler_test.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReconcilerTest;
using testing::request_max;

struct ReconcilerWithoutRecordsTest : ReconcilerTest {};

TEST_F(ReconcilerWithoutRecordsTest, WhatADeliveryReportSpeaksOfIsSentAndNobodyIsAsked) {
    const MessageId id = left_open();
    database.reported.emplace(1000 + id, Outcome::sent("P7", {{"sid", {"P7"}}}));
    provider_knows_nothing();
    start_daemon();
    EXPECT_TRUE(is_sent(id));
    EXPECT_THAT(metadata(id), HasSubstr(R"("sid": ["P7"])"));
    EXPECT_THAT(provider().asked_about, IsEmpty());
    EXPECT_THAT(provider().texts(), IsEmpty());
}

TEST_F(ReconcilerWithoutRecordsTest, WhereNobodyCanTellItEndsErroredAndTheDoubtIsNamed) {
    const MessageId id = left_open();
    start_daemon();
    pass(request_max + 10s);
    EXPECT_THAT(provider().texts(), IsEmpty());
    EXPECT_TRUE(row(id).errored);
    EXPECT_THAT(metadata(id), HasSubstr("in doubt"));
}

TEST_F(ReconcilerWithoutRecordsTest, WhereNobodyCanTellItIsSentAgainIfTheOperatorChoseSo) {
    settings.channels = {channel("sms")};
    settings.channels[0].channel.on_doubt = OnDoubt::resend;
    const MessageId id = left_open();
    start_daemon();
    pass(request_max + 10s);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(ReconcilerWithoutRecordsTest, WhereNobodyCanTellNothingPassesARequestThatMayStillReachTheProvider) {
    const MessageId first = left_open("first", "a");
    insert("second", "a");
    start_daemon();
    pass(request_max - 1s);
    EXPECT_THAT(provider().texts(), IsEmpty());
    EXPECT_FALSE(row(first).errored);
    pass(10s);
    EXPECT_TRUE(row(first).errored);
    EXPECT_THAT(provider().texts(), ElementsAre("second"));
}

TEST_F(ReconcilerWithoutRecordsTest, WhereTheProviderRecognisesAKeyItIsRepeatedUnderThatKey) {
    provider().window = 5min;
    const MessageId id = left_open();
    start_daemon();
    pass(10s);
    ASSERT_EQ(provider().left.size(), 1u);
    EXPECT_EQ(provider().left[0].attempt.idempotency_key, "theirs");
    EXPECT_TRUE(is_sent(id));
}

TEST_F(ReconcilerWithoutRecordsTest, NothingPassesARequestThatMayStillArriveWhereItsMessageIsNotRepeated) {
    provider().window = 5min;
    for (const char* to : {"a", "b"}) {
        const MessageId gone = left_open("first", to);
        insert("second", to);
        if (*to == 'a') database.erase(gone);
        if (*to == 'b')
            edit(gone, [this](testing::MemoryDatabase::Row& row) { row.send_date = clock.now() + 24h; });
    }
    start_daemon();
    pass(request_max - 1s);
    EXPECT_THAT(provider().texts(), IsEmpty());
    pass(10s);
    EXPECT_THAT(provider().texts(), ElementsAre("second", "second"));
}

TEST_F(ReconcilerWithoutRecordsTest, OnceTheProviderHasForgottenTheKeyItIsNotRepeated) {
    provider().window = 5min;
    const MessageId id = left_open();
    clock.advance(5min);
    start_daemon();
    pass(1min);
    EXPECT_THAT(provider().texts(), IsEmpty());
    EXPECT_TRUE(row(id).errored);
}

}  // namespace
}  // namespace postrider
