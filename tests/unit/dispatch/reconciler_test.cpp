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

TEST_F(ReconcilerTest, WhatTheProvidersRecordsShowIsSentAtOnce) {
    const MessageId id = left_open();
    provider_knows("P9", "m");
    start_daemon();
    EXPECT_TRUE(is_sent(id));
    EXPECT_THAT(metadata(id), HasSubstr(R"("sid": ["P9"])"));
    EXPECT_THAT(provider().texts(), IsEmpty());
    ASSERT_FALSE(provider().asked_about.empty());
    EXPECT_EQ(provider().asked_about[0].destination.reveal(), "a");
}

TEST_F(ReconcilerTest, WhatTheyDoNotShowIsSentAgainOnceTheyCanBeTrusted) {
    const MessageId id = left_open();
    provider_knows_nothing();
    start_daemon();
    pass(request_max + 59s);
    EXPECT_THAT(provider().texts(), IsEmpty());
    EXPECT_EQ(in_doubt().health, Health::warning);
    EXPECT_FALSE(row(id).errored);
    pass(20s);
    EXPECT_THAT(provider().texts(), ElementsAre("m"));
    EXPECT_TRUE(is_sent(id));
    EXPECT_THAT(in_doubt().text, HasSubstr("0 being looked into"));
}

TEST_F(ReconcilerTest, TheWaitForTheNextTryCountsFromTheFailureAndNotFromTheEndOfTheDoubt) {
    const MessageId id = left_open();
    provider_knows_nothing();
    start_daemon();
    daemons[0].random.chance = 0.999;  // the longest wait
    pass(request_max + 60s - 1ms);
    EXPECT_THAT(provider().texts(), IsEmpty());
    pass(1s);  // its lane looks at a message in doubt every 500 ms
    EXPECT_THAT(provider().texts(), ElementsAre("m"));
    EXPECT_TRUE(is_sent(id));
}

TEST_F(ReconcilerTest, ANewDoubtDoesNotHaveTheOthersAskedAboutAgain) {
    left_open("m", "a");
    provider_knows_nothing();
    provider().otherwise = Verdict::in_doubt;
    start_daemon();
    const auto asked = [&](const std::string& to) {
        return std::count_if(provider().asked_about.begin(), provider().asked_about.end(),
                             [&](const RecordQuery& query) { return query.destination.reveal() == to; });
    };
    EXPECT_EQ(asked("a"), 1);
    for (int i = 0; i < 4; ++i) {
        const std::string to = "other" + std::to_string(i);
        insert("m", to);
        pass(1s);
        EXPECT_EQ(asked(to), 1);
    }
    EXPECT_EQ(asked("a"), 1);
    pass(4s);
    EXPECT_EQ(asked("a"), 2);
}

TEST_F(ReconcilerTest, WhileTheDatabaseIsAwayItIsAskedNoMoreOftenThanEvery5Seconds) {
    left_open();
    provider_knows_nothing();
    start_daemon();
    pass(request_max);
    daemons[0].outbox.away = true;
    pass(65s);  // past the moment when the doubt could be judged
    const int calls = daemons[0].outbox.calls["read_doubts"];
    pass(10s);
    EXPECT_LE(daemons[0].outbox.calls["read_doubts"], calls + 2);
}

TEST_F(ReconcilerTest, ARecordThatShowsLateCounts) {
    const MessageId id = left_open();
    provider_knows_nothing();
    start_daemon();
    pass(40s);
    provider_knows("P9", "m", 40s);
    pass(60s);
    EXPECT_TRUE(is_sent(id));
    EXPECT_THAT(provider().texts(), IsEmpty());
}

TEST_F(ReconcilerTest, RecordsOfOtherMessagesNeverCount) {
    const MessageId id = left_open("same words");
    testing::MemoryDatabase::Row other;
    other.text = "same words";
    other.destination = "a";
    other.sent_date = clock.now();
    other.metadata = R"({"twilio_sid": ["P9"]})";  // sent by the site itself
    database.insert(other);
    provider_knows("P9", "same words");
    provider_knows("P8", "other words");
    provider_knows("P7", "same words", 3min);  // before this attempt
    start_daemon();
    pass(1min);
    EXPECT_FALSE(row(id).sent_date);
    EXPECT_TRUE(database.open.contains(id));
    pass(1min);
    EXPECT_THAT(provider().texts(), ElementsAre("same words"));
}

TEST_F(ReconcilerTest, ARecordOfAnotherChannelsMessageDoesNotCountEither) {
    // Two channels may be of one account at the provider.
    settings.channels = {channel("sms"), channel("other")};
    provider("other").script(Outcome::sent("P9", {}));
    start_daemon();
    testing::MemoryDatabase::Row row_of_other;
    row_of_other.text = "same words";
    row_of_other.destination = "a";
    row_of_other.send_date = clock.now();
    row_of_other.ready = true;
    row_of_other.metadata = R"({"message_channel": "other"})";
    ring(database.insert(std::move(row_of_other)));
    settle();
    ASSERT_EQ(provider("other").left.size(), 1u);
    const MessageId id = left_open("same words");
    provider_knows("P9", "same words");
    pass(1min);
    EXPECT_FALSE(row(id).sent_date);
}

struct EqualTextsTest : ReconcilerTest {
    EqualTextsTest() {
        settings.channels = {channel("sms")};
        settings.channels[0].channel.ordering = Ordering::none;
        first = left_open("same");
        clock.advance(1s);
        second = left_open("same");
        for (const MessageId id : {first, second})
            database.open[id].request.conversation = privacy.hash()("message", std::to_string(id));
    }
    MessageId first = 0;
    MessageId second = 0;
};

TEST_F(EqualTextsTest, AreToldApartByCount) {
    provider_knows("P1", "same");
    start_daemon();
    pass(3min);
    EXPECT_TRUE(is_sent(first));
    EXPECT_TRUE(is_sent(second));
    EXPECT_EQ(times_left("same"), 1u);
}

TEST_F(EqualTextsTest, AreNotWaitedForWhereThereIsARecordForEach) {
    provider_knows("P1", "same");
    provider_knows("P2", "same");
    start_daemon();
    EXPECT_TRUE(is_sent(first));
    EXPECT_TRUE(is_sent(second));
    EXPECT_EQ(times_left("same"), 0u);
}

TEST_F(EqualTextsTest, WhereNoneHasARecordNoneWaitsForAnother) {
    provider_knows_nothing();
    database.open.at(first).doubt_since = database.open.at(first).over = clock.now() - 10min;
    start_daemon();
    pass(1s);
    EXPECT_TRUE(is_sent(first));
    EXPECT_EQ(times_left("same"), 1u);
    EXPECT_FALSE(row(second).sent_date);
}

TEST_F(EqualTextsTest, ARequestThatWasMadeLongAfterARecordIsNotWaitedFor) {
    database.open.at(first).first_sent = clock.now() - 10min;
    provider_knows("P1", "same", 10min);
    start_daemon();
    EXPECT_TRUE(is_sent(first));
    EXPECT_EQ(times_left("same"), 0u);
}

TEST_F(EqualTextsTest, ARecordIsHisWhoSaysSoWhileItIsNotKnownWhose) {
    provider_knows("P1", "same");
    start_daemon();
    EXPECT_FALSE(row(first).sent_date);
    // Its daemon had only been frozen.
    testing::MemoryOutbox thawed(io.get_executor(), database, [] { return DaemonId{99}; });
    AttemptResult result;
    result.attempt_id = database.open.at(second).id;
    result.message_id = second;
    result.outcome = Outcome::sent("P1", {});
    result.disposition = Disposition::sent;
    result.ended = clock.now();
    group.spawn("thawed", thawed.record(std::vector<AttemptResult>(1, result)));
    settle();
    EXPECT_TRUE(is_sent(second));
    pass(3min);
    EXPECT_TRUE(is_sent(first));
    EXPECT_EQ(times_left("same"), 1u) << "the first had not arrived";
}

TEST_F(ReconcilerTest, ARecordThatMayBeOfAnEqualRequestUnderWayIsWaitedFor) {
    provider_knows_nothing();
    start_daemon();
    const MessageId id = left_open("same");
    provider_knows("P1", "same");
    testing::MemoryDatabase::Row twin;
    twin.send_date = clock.now() + 1h;
    const MessageId other = database.insert(twin);
    database.open[other] = database.open[id];
    database.open[other].id = 1;
    database.open[other].daemon = daemons[0].link.daemon();
    database.open[other].claimed = clock.now() + 1h;
    database.open[other].request.message_id = other;
    pass(20s);
    EXPECT_FALSE(row(id).sent_date);
    database.open.erase(other);
    pass(10s);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(ReconcilerTest, ADoubtHoldsItsConversationAndNoOther) {
    const MessageId first = left_open("first", "a");
    provider_knows_nothing();
    start_daemon();
    insert("second", "a");
    insert("other", "b");
    pass(request_max + 30s);
    EXPECT_THAT(provider().texts(), ElementsAre("other"));
    pass(1min);
    EXPECT_TRUE(is_sent(first));
    EXPECT_THAT(provider().texts(), ElementsAre("other", "first", "second"));
}

TEST_F(ReconcilerTest, ItsConversationIsHeldForOrderHoldAndNoLonger) {
    settings.channels = {channel("sms")};
    settings.channels[0].channel.order_hold = 2min;
    left_open("first", "a");
    provider_knows_nothing();
    provider().records_throw = true;
    start_daemon();
    insert("second", "a");
    pass(2min - 1s);
    EXPECT_THAT(provider().texts(), IsEmpty());
    pass(10s);
    EXPECT_THAT(provider().texts(), ElementsAre("second"));
}

TEST_F(ReconcilerTest, AnAnswerThatWasLostIsLookedUpToo) {
    provider_knows_nothing();
    provider().script(Verdict::in_doubt);
    start_daemon();
    const MessageId id = insert("m");
    pass(0s);
    EXPECT_TRUE(database.open.contains(id));
    provider_knows("P1", "m");
    pass(10s);
    EXPECT_TRUE(is_sent(id));
    EXPECT_EQ(times_left("m"), 1u);
    EXPECT_THAT(metadata(id), HasSubstr(R"("sid": ["P1"])"));
}

TEST_F(ReconcilerTest, AfterADoubtTheTriesBeforeItStillCount) {
    settings.channels = {channel("sms")};
    settings.channels[0].channel.max_attempts = 3;
    provider_knows_nothing();
    provider().script(Verdict::deferred);
    provider().script(Verdict::in_doubt);
    provider().otherwise = Verdict::deferred;
    start_daemon();
    const MessageId id = insert("m");
    pass(30min);
    EXPECT_TRUE(row(id).errored);
    EXPECT_EQ(times_left("m"), 3u);
}

TEST_F(ReconcilerTest, WhileTheRecordsCannotBeHadTheMessageWaits) {
    settings.channels = {channel("sms")};
    settings.channels[0].channel.expire_after = 1h;
    const MessageId id = left_open();
    provider_knows("P1", "m");
    provider().records_throw = true;
    start_daemon();
    pass(50min);
    EXPECT_TRUE(database.open.contains(id));
    EXPECT_THAT(in_doubt().text, HasSubstr("the provider does not list"));
    provider().records_throw = false;
    pass(10s);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(ReconcilerTest, IfTheyCannotBeHadUntilItWouldHaveExpiredItEndsErroredAndTheDoubtIsNamed) {
    settings.channels = {channel("sms")};
    settings.channels[0].channel.expire_after = 1h;
    const MessageId id = left_open();
    provider_knows_nothing();
    provider().records_throw = true;
    start_daemon();
    pass(61min);
    EXPECT_TRUE(row(id).errored);
    EXPECT_THAT(metadata(id), HasSubstr("in doubt"));
    EXPECT_EQ(times_left("m"), 0u);
}

TEST_F(ReconcilerTest, AnAttemptOnAChannelThatIsGoneWaitsForTheChannelToComeBack) {
    const MessageId id = left_open("m", "a", "gone");
    start_daemon();
    pass(1h);
    EXPECT_TRUE(database.open.contains(id));
    pass(4h);
    EXPECT_TRUE(row(id).errored);
}

TEST_F(ReconcilerTest, AProviderThatCannotBeAskedHoldsUpNoOtherChannel) {
    settings.channels = {channel("sms"), channel("mail")};
    provider("sms").lists_records = provider("mail").lists_records = true;
    provider("sms").records_throw = true;
    provider("mail").known.push_back({"P1", clock.now(), Text("n"), {}});
    const MessageId first = left_open("m", "a", "sms");
    const MessageId second = left_open("n", "b", "mail");
    start_daemon();
    EXPECT_TRUE(is_sent(second));
    EXPECT_TRUE(database.open.contains(first));
}

TEST_F(ReconcilerTest, AProviderThatHangsDelaysNoOtherChannelsDoubts) {
    settings.channels = {channel("sms"), channel("mail")};
    provider("sms").lists_records = provider("mail").lists_records = true;
    provider("sms").records_gate.close();
    for (const char* person : {"a", "b", "c", "d", "e"}) left_open("m", person, "sms");
    start_daemon();
    pass(10s);
    const MessageId later = left_open("n", "a", "mail");
    provider("mail").known.push_back({"P1", clock.now(), Text("n"), {}});
    pass(15s);
    EXPECT_TRUE(is_sent(later));
    provider("sms").records_gate.open();
}

TEST_F(ReconcilerTest, EachChannelsTroubleIsToldByItself) {
    settings.channels = {channel("sms"), channel("mail")};
    provider("sms").lists_records = provider("mail").lists_records = true;
    provider("sms").records_throw = true;
    left_open("m", "a", "sms");
    left_open("n", "b", "mail");
    start_daemon();
    pass(20s);
    EXPECT_THAT(in_doubt().text, HasSubstr("the records of sms: the provider does not list"));
}

TEST_F(ReconcilerTest, AttemptsTakenOverWithoutAnAnswerAreTakenUpAllTheSame) {
    const MessageId id = left_open();
    provider_knows("P1", "m");
    add_daemon();
    daemons[0].outbox.lose_answers["read_doubts"] = 2;  // the first has no shards yet
    daemons[0].dispatcher.start();
    settle();
    EXPECT_EQ(database.open.at(id).daemon, daemons[0].link.daemon());
    pass(2min);
    EXPECT_TRUE(is_sent(id));
}

TEST_F(ReconcilerTest, AnAttemptInFlightHereIsNotLookedInto) {
    provider_knows_nothing();
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

TEST_F(ReconcilerTest, AMessageThatCannotBeBroughtBackYetStillComesFirst) {
    left_open("first", "a");
    provider_knows_nothing();
    start_daemon();
    insert("second", "a");
    daemons[0].outbox.lose_answers["read"] = 3;
    pass(3min);
    EXPECT_THAT(provider().texts(), ElementsAre("first", "second"));
}

}  // namespace
}  // namespace postrider
