#include "lib/dispatch/recorder.h"

#include "tests/support/clock_test.h"
#include "tests/support/memory_outbox.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MemoryDatabase;
using testing::MemoryOutbox;
using ::testing::UnorderedElementsAre;

struct RecorderTest : testing::ClockTest {
    RecorderTest() {
        database.daemons[1] = {};
        run();
    }
    ~RecorderTest() override { stop(); }

    void run() { group.spawn("recorder", recorder.run()); }

    AttemptResult sent_message() { return database.insert_sent(1); }
    static AttemptResult in_doubt(AttemptResult result) {
        result.outcome = Outcome::failed(Verdict::in_doubt, "no answer");
        result.disposition = Disposition::in_doubt;
        return result;
    }
    std::vector<AttemptResult> sent_messages(int count) {
        std::vector<AttemptResult> results;
        for (int i = 0; i < count; ++i) results.push_back(sent_message());
        return results;
    }

    Task<> record(std::vector<AttemptResult> results) {
        const MessageId first = results.front().message_id;
        const std::set<AttemptId> these = co_await recorder.record(std::move(results));
        refused.insert(these.begin(), these.end());
        written.push_back(first);
    }
    void submit(std::vector<AttemptResult> results) { group.spawn("record", record(std::move(results))); }
    Task<> drain() {
        co_await recorder.drain();
        drained = true;
    }
    bool is_sent(MessageId id) const { return database.rows.at(id).sent_date.has_value(); }

    MemoryDatabase database{clock};
    MemoryOutbox outbox{io.get_executor(), database, [] { return DaemonId{1}; }};
    Recorder recorder{io.get_executor(), outbox, clock};
    std::vector<MessageId> written;  // or refused: recording came back
    std::set<AttemptId> refused;
    bool drained = false;
};

TEST_F(RecorderTest, ComesBackOnceResultsAreWritten) {
    outbox.record_requests.close();
    submit({sent_message()});
    settle();
    EXPECT_TRUE(written.empty());
    outbox.record_requests.open();
    settle();
    EXPECT_THAT(written, UnorderedElementsAre(1));
    EXPECT_TRUE(is_sent(1));
}

TEST_F(RecorderTest, WhatComesInMeanwhileIsWrittenInOneBatch) {
    outbox.record_requests.close();
    submit({sent_message()});
    settle();
    for (int i = 0; i < 50; ++i) submit({sent_message(), sent_message()});
    settle();
    outbox.record_requests.open();
    settle();
    EXPECT_EQ(outbox.calls["record"], 2);
    EXPECT_EQ(written.size(), 51u);
    EXPECT_EQ(recorder.pending(), 0u);
}

TEST_F(RecorderTest, WhenMoreThanABatchHasComeASecondIsWrittenBesideIt) {
    outbox.record_requests.close();
    submit({sent_message()});
    settle();
    submit(sent_messages(1500));
    settle();
    EXPECT_EQ(outbox.record_requests.waiting(), 2u);
    outbox.record_requests.open();
    settle();
    EXPECT_EQ(recorder.pending(), 0u);
    EXPECT_EQ(outbox.calls["record"], 3);
    EXPECT_EQ(database.history.size(), 1501u);
}

TEST_F(RecorderTest, DrainsAlsoWhenTheSecondBatchIsTheLastToBeWritten) {
    outbox.record_requests.close();
    submit({sent_message()});
    settle();
    submit(sent_messages(1001));
    group.spawn("drain", drain());
    settle();
    outbox.record_requests.open();
    settle();
    EXPECT_TRUE(drained);
    EXPECT_EQ(recorder.pending(), 0u);
}

TEST_F(RecorderTest, ManyResultsAreWrittenOnceTheDatabaseIsBack) {
    outbox.away = true;
    submit(sent_messages(5000));
    pass(10s);
    EXPECT_EQ(recorder.pending(), 5000u);
    outbox.away = false;
    pass(10s);
    EXPECT_EQ(recorder.pending(), 0u);
    EXPECT_EQ(database.history.size(), 5000u);
}

TEST_F(RecorderTest, CancelledWhileWritingTwoBatchesItKeepsWhatIsNotWritten) {
    outbox.record_requests.close();
    submit({sent_message()});
    settle();
    submit(sent_messages(2000));
    settle();
    ASSERT_EQ(outbox.record_requests.waiting(), 2u);
    group.cancel();
    settle();
    EXPECT_EQ(recorder.pending(), 2001u);
    outbox.record_requests.open();
    run();
    settle();
    EXPECT_EQ(recorder.pending(), 0u);
    EXPECT_EQ(database.history.size(), 2001u);
}

TEST_F(RecorderTest, OfOneMessageNoTwoResultsAreWrittenAtATime) {
    const AttemptResult result = sent_message();
    outbox.record_requests.close();
    submit({in_doubt(result)});
    settle();
    std::vector<AttemptResult> many = sent_messages(1500);
    many.insert(many.begin(), result);
    submit(std::move(many));
    settle();
    EXPECT_EQ(outbox.record_requests.waiting(), 1u);
    outbox.record_requests.open();
    settle();
    EXPECT_TRUE(is_sent(1));
    EXPECT_EQ(recorder.pending(), 0u);
}

TEST_F(RecorderTest, WhatHadToWaitForAnotherResultOfItsMessageIsWrittenAfterThat) {
    const AttemptResult result = sent_message();
    outbox.record_requests.close();
    submit({sent_message()});
    settle();
    std::vector<AttemptResult> many = sent_messages(999);
    many.insert(many.begin(), in_doubt(result));
    many.push_back(result);
    submit(std::move(many));
    settle();
    ASSERT_EQ(outbox.record_requests.waiting(), 2u);
    outbox.record_requests.open();
    settle();
    EXPECT_TRUE(is_sent(result.message_id));
    EXPECT_EQ(recorder.pending(), 0u);
}

TEST_F(RecorderTest, WhatIsRefusedIsFoundAlsoAmongMoreThanABatch) {
    outbox.poisoned = {700, 1900};
    std::vector<AttemptResult> many = sent_messages(3000);
    const std::set<AttemptId> bad{many[699].attempt_id, many[1899].attempt_id};
    submit(std::move(many));
    settle();
    EXPECT_EQ(refused, bad);
    EXPECT_EQ(recorder.pending(), 2u);
    EXPECT_EQ(database.history.size(), 2998u);
}

TEST_F(RecorderTest, TriesOnWhileTheDatabaseIsAway) {
    outbox.away = true;
    submit({sent_message()});
    pass(10s);
    EXPECT_TRUE(written.empty());
    EXPECT_EQ(recorder.check().health, Health::critical);
    outbox.away = false;
    pass(5s);
    EXPECT_THAT(written, UnorderedElementsAre(1));
    EXPECT_EQ(recorder.check().health, Health::ok);
}

TEST_F(RecorderTest, AnAnswerThatIsLostLeadsToNoSecondWriting) {
    outbox.lose_answers["record"] = 1;
    submit({sent_message()});
    settle();
    const auto version = database.rows.at(1).version;
    pass(1s);
    EXPECT_THAT(written, UnorderedElementsAre(1));
    EXPECT_EQ(database.rows.at(1).version, version);
    EXPECT_EQ(database.history.size(), 1u);
}

TEST_F(RecorderTest, OneResultThatIsRefusedHoldsUpNoOtherForAMoment) {
    outbox.poisoned = {3};
    for (int i = 0; i < 8; ++i) submit({sent_message()});
    settle();
    for (MessageId id : {1, 2, 4, 5, 6, 7, 8}) EXPECT_TRUE(is_sent(id)) << id;
    EXPECT_EQ(recorder.pending(), 1u);
    const int calls = outbox.calls["record"];
    submit({sent_message()});
    settle();
    EXPECT_TRUE(is_sent(9));
    EXPECT_EQ(outbox.calls["record"], calls + 1) << "it goes into no batch any more";
}

TEST_F(RecorderTest, WhoHandsInWhatIsRefusedIsToldSoAndTheRestIsWritten) {
    outbox.poisoned = {3, 6};
    std::vector<AttemptResult> results = sent_messages(8);
    const std::set<AttemptId> bad{results[2].attempt_id, results[5].attempt_id};
    submit(std::move(results));
    settle();
    for (MessageId id : {1, 2, 4, 5, 7, 8}) EXPECT_TRUE(is_sent(id)) << id;
    EXPECT_EQ(written.size(), 1u);
    EXPECT_EQ(refused, bad);
}

TEST_F(RecorderTest, WhatIsRefusedIsTriedAgainEveryMinute) {
    outbox.poisoned = {1};
    submit({sent_message()});
    settle();
    const int calls = outbox.calls["record"];
    pass(59s);
    EXPECT_EQ(outbox.calls["record"], calls);
    pass(1s);
    EXPECT_EQ(outbox.calls["record"], calls + 1);
    outbox.poisoned.clear();
    pass(1min);
    EXPECT_TRUE(is_sent(1));
    EXPECT_EQ(recorder.pending(), 0u);
    EXPECT_EQ(recorder.check().health, Health::ok);
}

TEST_F(RecorderTest, WhatIsRefusedIsShownWithItsMessageAndWhatToDo) {
    outbox.poisoned = {3, 4};
    for (int i = 0; i < 8; ++i) submit({sent_message()});
    settle();
    EXPECT_EQ(recorder.check().health, Health::critical) << "without a spool it is lost with the process";
    EXPECT_THAT(recorder.check().text, HasSubstr("2 refused by the database (value too long: message 3, 4)"));
    EXPECT_THAT(recorder.check().text, HasSubstr("Mend what refuses it"));
}

TEST_F(RecorderTest, WhatIsRefusedHoldsUpNoDraining) {
    outbox.poisoned = {1};
    submit({sent_message(), sent_message()});
    group.spawn("drain", drain());
    settle();
    EXPECT_TRUE(drained);
}

TEST_F(RecorderTest, WhatWaitsIsKnownByItsMessageUntilItIsWritten) {
    outbox.record_requests.close();
    outbox.poisoned = {2};
    submit({sent_message(), sent_message()});
    settle();
    EXPECT_THAT(recorder.waiting().messages, UnorderedElementsAre(1, 2));
    EXPECT_THAT(recorder.waiting().provider_ids, ElementsAre("SM1"));
    outbox.record_requests.open();
    settle();
    EXPECT_THAT(recorder.waiting().messages, UnorderedElementsAre(2));
}

TEST_F(RecorderTest, WhoeverIsCancelledHasItsResultsWrittenAllTheSame) {
    outbox.record_requests.close();
    TaskGroup cut(io.get_executor());
    cut.spawn("record", record({sent_message()}));
    settle();
    cut.cancel();
    settle();
    ASSERT_EQ(cut.size(), 0u);
    outbox.record_requests.open();
    settle();
    EXPECT_TRUE(is_sent(1));
    EXPECT_EQ(recorder.pending(), 0u);
}

TEST_F(RecorderTest, DrainsOnceAllIsWritten) {
    outbox.away = true;
    submit({sent_message()});
    group.spawn("drain", drain());
    pass(1s);
    EXPECT_FALSE(drained);
    outbox.away = false;
    pass(5s);
    EXPECT_TRUE(drained);
}

TEST_F(RecorderTest, WithNothingToWriteItDrainsAtOnce) {
    group.spawn("drain", drain());
    settle();
    EXPECT_TRUE(drained);
}

TEST_F(RecorderTest, CancelledWhileWritingItKeepsWhatIsNotWritten) {
    outbox.record_requests.close();
    submit({sent_message()});
    settle();
    group.cancel();
    settle();
    EXPECT_EQ(recorder.pending(), 1u);
    outbox.record_requests.open();
    run();
    settle();
    EXPECT_TRUE(is_sent(1));
}

}  // namespace
}  // namespace postrider
