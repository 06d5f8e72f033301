#include "tests/support/daemon_in_memory.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct ReconcilerTest : testing::DaemonTest {
    /// A message of which a daemon that is dead by now left an attempt open.
    MessageId left_open(std::string text = "m", std::string to = "a", std::string on = "sms") {
        database.daemons[99] = {true, false, TimePoint::min()};
        const MessageId id = insert(std::move(text), to);
        ClaimRequest request;
        request.message_id = id;
        request.channel = std::move(on);
        request.destination = std::move(to);
        request.idempotency_key = "theirs";
        database.open[id] = {1000 + id, 99, request, clock.now(), clock.now()};
        return id;
    }
};

TEST_F(ReconcilerTest, WhatTheProviderKnowsAsAcceptedIsSent) {
    const MessageId id = left_open();
    provider().finding = Finding::accepted;
    start_daemon();
    EXPECT_TRUE(is_sent(id));
    EXPECT_THAT(provider().texts(), IsEmpty());
    ASSERT_EQ(provider().asked_about.size(), 1u);
    EXPECT_EQ(provider().asked_about[0].attempt.idempotency_key, "theirs");
}

TEST_F(ReconcilerTest, WhatTheProviderDoesNotKnowIsSentAgainLater) {
    const MessageId id = left_open();
    provider().finding = Finding::not_accepted;
    start_daemon();
    EXPECT_THAT(provider().texts(), IsEmpty());
    pass(10s);
    EXPECT_THAT(provider().texts(), ElementsAre("m"));
    EXPECT_TRUE(is_sent(id));
}

TEST_F(ReconcilerTest, WhatNobodyCanTellEndsErroredAndTheDoubtIsNamed) {
    const MessageId id = left_open();
    start_daemon();
    pass(1min);
    EXPECT_THAT(provider().texts(), IsEmpty());
    EXPECT_TRUE(row(id).errored);
    EXPECT_THAT(row(id).metadata.value_or(""), HasSubstr("in doubt"));
    EXPECT_EQ(daemons[0].dispatcher.checks().back().health, Health::warning);
}

TEST_F(ReconcilerTest, WhatNobodyCanTellIsSentAgainWhereTheOperatorChoseSo) {
    settings.channels = {channel("sms")};
    settings.channels[0].channel.on_doubt = OnDoubt::resend;
    const MessageId id = left_open();
    start_daemon();
    pass(10s);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(ReconcilerTest, AnAttemptOnAChannelThatIsGoneIsInDoubt) {
    const MessageId id = left_open("m", "a", "gone");
    start_daemon();
    EXPECT_TRUE(row(id).errored);
}

TEST_F(ReconcilerTest, ATransportThatThrowsHoldsUpNoOtherAttempt) {
    settings.channels = {channel("sms"), channel("mail")};
    provider("sms").find_throws = true;
    provider("mail").finding = Finding::accepted;
    const MessageId first = left_open("m", "a", "sms");
    const MessageId second = left_open("n", "b", "mail");
    start_daemon();
    EXPECT_TRUE(is_sent(second));
    EXPECT_TRUE(database.open.contains(first));
    provider("sms").find_throws = false;
    provider("sms").finding = Finding::accepted;
    pass(2min);
    EXPECT_TRUE(is_sent(first));
}

TEST_F(ReconcilerTest, AttemptsTakenOverWithoutAnAnswerAreTakenUpAllTheSame) {
    const MessageId id = left_open();
    provider().finding = Finding::accepted;
    add_daemon();
    daemons[0].outbox.lose_answers["adopt"] = 2;  // the first has no shards yet
    daemons[0].dispatcher.start();
    settle();
    EXPECT_EQ(database.open.at(id).daemon, daemons[0].link.daemon());
    pass(2min);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(ReconcilerTest, AnAttemptInFlightHereIsNotLookedInto) {
    start_daemon();
    provider().otherwise = Verdict::deferred;
    daemons[0].outbox.record_requests.close();
    const MessageId id = insert("m");
    pass(5min);
    EXPECT_TRUE(database.open.contains(id));
    EXPECT_THAT(provider().asked_about, IsEmpty());
    daemons[0].outbox.record_requests.open();
    provider().otherwise = Verdict::sent;
    pass(1min);
    EXPECT_TRUE(is_sent(id));
}

}  // namespace
}  // namespace postrider
