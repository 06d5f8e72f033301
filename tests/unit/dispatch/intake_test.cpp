#include "tests/support/daemon_in_memory.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct IntakeTest : testing::DaemonTest {
    Check check(std::size_t daemon = 0) {
        for (const Check& each : daemons[daemon].dispatcher.checks()) {
            if (each.name == "intake") return each;
        }
        return {};
    }
    int readings() { return daemons[0].outbox.calls["read_due"]; }
    MessageId insert_silently(std::string text, std::string to = "a", std::chrono::milliseconds due_in = {}) {
        testing::MemoryDatabase::Row row;
        row.text = std::move(text);
        row.destination = std::move(to);
        row.send_date = clock.now() + due_in;
        row.ready = true;
        return database.insert(std::move(row));
    }
};

TEST_F(IntakeTest, FindsAtTheStartWhatIsDueAlready) {
    const MessageId id = insert("m", "a", -1h);
    start_daemon();
    EXPECT_TRUE(is_sent(id));
}

TEST_F(IntakeTest, ARingBringsAMessageAtOnce) {
    start_daemon();
    const MessageId id = insert("m");
    settle();
    EXPECT_TRUE(is_sent(id));
}

TEST_F(IntakeTest, WithoutARingThePollFindsIt) {
    start_daemon();
    const MessageId id = insert_silently("m");
    pass(1s);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(IntakeTest, WithADoorbellThePollIsSlower) {
    start_daemon().dispatcher.intake().set_doorbell(true);
    settle();
    const MessageId id = insert_silently("m");
    pass(4s);
    EXPECT_FALSE(is_sent(id));
    pass(1s);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(IntakeTest, WhenTheDoorbellFailsAllIsReadAtOnce) {
    start_daemon().dispatcher.intake().set_doorbell(true);
    settle();
    const MessageId id = insert_silently("m");
    daemons[0].dispatcher.intake().set_doorbell(false);
    settle();
    EXPECT_TRUE(is_sent(id));
}

TEST_F(IntakeTest, AReadingFromBeforeAReloadBringsNothingAheadOfItsTurn) {
    settings.channels = {channel("sms")};
    settings.channels[0].channel.concurrency = 1;
    start_daemon();
    provider().gate.close();
    insert("busy", "somebody else");
    settle();
    insert("first", "a", -1s);  // waits for the slot, in the lane
    settle();
    daemons[0].outbox.read_answers.close();
    insert("second", "a");
    settle();
    DispatchSettings again;
    again.channels = settings.channels;
    daemons[0].dispatcher.reconfigure(std::move(again));  // the lane forgets `first`
    provider().gate.open();
    settle();
    daemons[0].outbox.read_answers.open();
    pass(1s);
    EXPECT_THAT(provider().texts(), ElementsAre("busy", "first", "second"));
}

TEST_F(IntakeTest, AMessageLeavesAtItsMomentWithoutAQueryAtThatMoment) {
    start_daemon();
    const MessageId id = insert("m", "a", 30500ms);
    pass(30400ms);
    const int before = readings();
    pass(100ms);
    EXPECT_TRUE(is_sent(id));
    EXPECT_EQ(readings(), before);
}

TEST_F(IntakeTest, AMessageBeyondTheHorizonIsFoundWhenItComesNearer) {
    start_daemon();
    const MessageId id = insert("m", "a", 10min);
    pass(10min - 1us);
    EXPECT_THAT(provider().texts(), IsEmpty());
    pass(1us);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(IntakeTest, WhenReadingFailsItSaysSoAndTriesOn) {
    start_daemon();
    daemons[0].outbox.away = true;
    const MessageId id = insert("m");
    pass(3s);
    EXPECT_EQ(check().health, Health::critical);
    daemons[0].outbox.away = false;
    pass(2s);
    EXPECT_TRUE(is_sent(id));
    EXPECT_EQ(check().health, Health::ok);
}

TEST_F(IntakeTest, OnHoldNothingLeavesAndNothingIsLost) {
    settings.hold = "delivery: hold";
    start_daemon();
    const MessageId id = insert("m");
    pass(1min);
    EXPECT_THAT(provider().texts(), IsEmpty());
    EXPECT_EQ(check().health, Health::warning);
    EXPECT_THAT(check().text, HasSubstr("delivery: hold"));
    daemons[0].dispatcher.intake().hold(std::nullopt);
    settle();
    EXPECT_TRUE(is_sent(id));
}

TEST_F(IntakeTest, AHoldThatComesWhileReadingIsObeyed) {
    start_daemon();
    daemons[0].outbox.read_answers.close();
    const MessageId id = insert("m");
    settle();
    daemons[0].dispatcher.intake().hold("hold");
    daemons[0].outbox.read_answers.open();
    pass(1min);
    EXPECT_THAT(provider().texts(), IsEmpty());
    daemons[0].dispatcher.intake().hold(std::nullopt);
    settle();
    EXPECT_TRUE(is_sent(id));
}

TEST_F(IntakeTest, ARetryThatComesBackWhileOnHoldIsFoundAgainAfterwards) {
    start_daemon();
    provider().script(Verdict::deferred);
    provider().gate.close();
    const MessageId id = insert("m");
    settle();
    daemons[0].dispatcher.intake().hold("hold");
    provider().gate.open();
    pass(1min);
    EXPECT_EQ(times_left("m"), 1u);
    EXPECT_TRUE(row(id).waits());
    daemons[0].dispatcher.intake().hold(std::nullopt);
    settle();
    EXPECT_TRUE(is_sent(id));
}

TEST_F(IntakeTest, CountsWhatItLeavesByReason) {
    start_daemon();
    insert("dialog:one");
    insert("dialog:two", "b");
    insert("secret:sealed", "c");
    pass(2s);
    EXPECT_EQ(check().health, Health::warning);
    EXPECT_THAT(check().text, HasSubstr("2 left waiting: a dialog, left to the site"));
    EXPECT_THAT(check().text, HasSubstr("1 left waiting: encrypted, and no encryption.secret_key"));
    EXPECT_THAT(provider().texts(), IsEmpty());
}

TEST_F(IntakeTest, ANewRowRestsBeforeItLeavesUnlessDeclaredComplete) {
    start_daemon();
    const MessageId id = insert_silently("m");
    database.rows.at(id).ready = false;
    ring(id);
    pass(1s);
    EXPECT_THAT(provider().texts(), IsEmpty());
    database.rows.at(id).ready = true;  // postrider.ready() writes beside the row, and rings
    ring(id);
    settle();
    EXPECT_TRUE(is_sent(id));
    const MessageId other = insert_silently("n", "b");
    database.rows.at(other).ready = false;
    ring(other);
    pass(1999ms);
    EXPECT_FALSE(is_sent(other));
    pass(1ms);
    EXPECT_TRUE(is_sent(other));
}

TEST_F(IntakeTest, WhatDoesNotFitIntoALaneIsReadAgainLaterInOrder) {
    settings.channels = {channel("sms")};
    settings.channels[0].channel.concurrency = 1;
    limits.window.whole = 10;
    for (int i = 0; i < 300; ++i)
        insert_silently("m" + std::to_string(i), "to " + std::to_string(i % 7), -1h);
    start_daemon();
    pass(1s);
    ASSERT_EQ(provider().left.size(), 300u);
    std::map<std::string, int> last;
    for (const PreparedRequest& request : provider().left) {
        const int number = std::stoi(request.text.reveal().substr(1));
        int& before = last.try_emplace(request.destination.reveal(), -1).first->second;
        EXPECT_LT(before, number);
        before = number;
    }
}

TEST_F(IntakeTest, AFullLaneDoesNotHideAnEarlierMessageBehindAPageOfOthers) {
    settings.channels = {channel("sms")};
    settings.channels[0].channel.concurrency = 1;
    limits.window.whole = 1500;
    provider().gate.close();
    for (int i = 0; i < 2000; ++i) insert_silently("m", "to " + std::to_string(i), -1h + i * 1ms);
    start_daemon();
    const MessageId early = insert_silently("early", "x", -1h + 1200ms);  // on the second page
    pass(10s);                                                            // only the poll can find it
    EXPECT_TRUE(daemons[0].dispatcher.lane("sms").holds(database.read(early)));
}

TEST_F(IntakeTest, AMessageReadWhileItsOutcomeIsBeingRecordedIsNotSentAgain) {
    start_daemon();
    daemons[0].outbox.read_answers.close();
    const MessageId id = insert("m");
    settle();
    daemons[0].outbox.read_answers.open();
    settle();
    ASSERT_TRUE(is_sent(id));
    // Now a reading that saw it waiting arrives after its result.
    const MessageId other = insert("n", "b");
    provider().gate.close();
    settle();
    daemons[0].outbox.read_answers.close();
    ring(other);
    settle();
    provider().gate.open();
    settle();
    daemons[0].outbox.read_answers.open();
    pass(1min);
    EXPECT_EQ(times_left("n"), 1u);
    EXPECT_TRUE(is_sent(other));
}

TEST_F(IntakeTest, AReadingFromBeforeAFailureDoesNotBringARetryForward) {
    start_daemon();
    provider().script(Verdict::deferred);
    daemons[0].outbox.claim_answers.close();
    const MessageId id = insert("m");
    settle();
    daemons[0].outbox.read_answers.close();
    ring(id);
    settle();
    daemons[0].outbox.claim_answers.open();
    settle();
    ASSERT_EQ(times_left("m"), 1u);
    daemons[0].outbox.read_answers.open();
    pass(2499ms);
    EXPECT_EQ(times_left("m"), 1u);
    pass(1ms);
    EXPECT_TRUE(is_sent(id));
}

}  // namespace
}  // namespace postrider
