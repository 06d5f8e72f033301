// What the recorder keeps in the spool, and when.
#include "lib/dispatch/recorder.h"
#include "tests/support/clock_test.h"
#include "tests/support/memory_outbox.h"
#include "tests/support/memory_spool.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryDatabase;
using testing::MemoryOutbox;
using testing::MemorySpool;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

struct RecorderSpoolTest : testing::ClockTest {
    RecorderSpoolTest() { database.daemons[1] = {}; }
    ~RecorderSpoolTest() override { stop(); }

    /// A process of the daemon: its recorder, with nothing of an earlier one but the spool.
    struct Process {
        explicit Process(RecorderSpoolTest& test)
            : recorder(test.io.get_executor(), test.outbox, test.clock, &test.spool),
              tasks(test.io.get_executor()) {
            tasks.spawn("recorder", recorder.run());
            tasks.spawn("result keeper", recorder.keep_safe());
        }
        Recorder recorder;
        TaskGroup tasks;
    };
    void start() {
        process.emplace(*this);
        settle();
    }
    void die() {
        process->tasks.cancel();
        group.cancel();
        settle();
        ASSERT_EQ(process->tasks.size() + group.size(), 0u);
        process.reset();
    }
    void TearDown() override {
        spool.keep_requests.open();
        if (process) die();
    }

    void submit(int count = 1) {
        std::vector<AttemptResult> results;
        results.reserve(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) results.push_back(database.insert_sent(1));
        group.spawn("record", record(std::move(results)));
        settle();
    }
    Task<> record(std::vector<AttemptResult> results) {
        co_await process->recorder.record(std::move(results));
    }
    Task<> drain() {
        co_await process->recorder.drain();
        drained = true;
    }
    Task<> wait_for_spool() {
        co_await process->recorder.wait_for_spool();
        known = true;
    }
    bool is_sent(MessageId id) const { return database.rows.at(id).sent_date.has_value(); }
    Check check() const { return process->recorder.check(); }

    MemoryDatabase database{clock};
    MemoryOutbox outbox{io.get_executor(), database, [] { return DaemonId{1}; }};
    MemorySpool spool{io.get_executor()};
    std::optional<Process> process;
    bool drained = false;
    bool known = false;
};

TEST_F(RecorderSpoolTest, WithAHealthyDatabaseTheDiskIsLeftAlone) {
    start();
    for (int i = 0; i < 20; ++i) {
        submit();
        pass(100ms);
    }
    EXPECT_EQ(spool.calls["keep"], 0);
    EXPECT_EQ(spool.calls["forget"], 0);
    EXPECT_EQ(check().health, Health::ok);
}

TEST_F(RecorderSpoolTest, WhatCannotBeWrittenIsKeptAtOnce) {
    start();
    outbox.away = true;
    submit();
    EXPECT_THAT(spool.ids(), ElementsAre(1));
    submit(2);
    EXPECT_THAT(spool.ids(), ElementsAre(1, 2, 3)) << "without a try of its own";
    EXPECT_EQ(process->recorder.safe(), 3u);
}

TEST_F(RecorderSpoolTest, WhatADatabaseThatHangsDoesNotTakeIsKeptAfterHalfASecond) {
    start();
    outbox.record_requests.close();
    submit();
    pass(499ms);
    EXPECT_THAT(spool.ids(), IsEmpty());
    pass(1ms);
    EXPECT_THAT(spool.ids(), ElementsAre(1));
    submit();
    pass(500ms);
    EXPECT_THAT(spool.ids(), ElementsAre(1, 2));
    outbox.record_requests.open();
}

TEST_F(RecorderSpoolTest, OnceItIsRecordedItIsForgotten) {
    start();
    outbox.away = true;
    submit(3);
    ASSERT_THAT(spool.ids(), SizeIs(3));
    EXPECT_THAT(check().text, HasSubstr("3 results cannot be written"));
    EXPECT_THAT(check().text, HasSubstr("3 of them are safe in the spool"));
    EXPECT_EQ(check().health, Health::critical);
    outbox.away = false;
    pass(5s);
    EXPECT_THAT(spool.ids(), IsEmpty());
    EXPECT_EQ(process->recorder.safe(), 0u);
    EXPECT_EQ(check().health, Health::ok);
}

TEST_F(RecorderSpoolTest, WhatIsRecordedWhileTheDiskTakesItsTimeIsForgottenToo) {
    start();
    spool.keep_requests.close();
    outbox.away = true;
    submit();
    outbox.away = false;
    pass(5s);
    ASSERT_TRUE(is_sent(1));
    spool.keep_requests.open();
    settle();
    EXPECT_THAT(spool.ids(), IsEmpty());
}

TEST_F(RecorderSpoolTest, AfterADeathWhatWasKeptIsRecordedFirst) {
    start();
    outbox.away = true;
    submit(2);
    die();
    outbox.away = false;
    start();
    EXPECT_TRUE(is_sent(1));
    EXPECT_TRUE(is_sent(2));
    EXPECT_EQ(database.history.front().end.provider_id, "SM1");
    EXPECT_THAT(spool.ids(), IsEmpty());
}

TEST_F(RecorderSpoolTest, WhatItKeptIsKnownBeforeItIsRecorded) {
    start();
    outbox.away = true;
    submit(2);
    die();
    start();
    group.spawn("wait", wait_for_spool());
    settle();
    EXPECT_TRUE(known);
    EXPECT_THAT(process->recorder.waiting().messages, UnorderedElementsAre(1, 2));
    EXPECT_EQ(process->recorder.pending(), 2u);
    EXPECT_EQ(process->recorder.safe(), 2u);
    outbox.away = false;
    pass(5s);
    EXPECT_THAT(process->recorder.waiting().messages, IsEmpty());
}

TEST_F(RecorderSpoolTest, NothingIsKnownUntilTheSpoolIsRead) {
    spool.fails["read"] = true;
    start();
    group.spawn("wait", wait_for_spool());
    pass(10s);
    EXPECT_FALSE(known) << "nobody knows what is in it";
    EXPECT_EQ(check().health, Health::critical);
    spool.fails["read"] = false;
    pass(1s);
    EXPECT_TRUE(known);
    EXPECT_EQ(check().health, Health::ok);
}

TEST_F(RecorderSpoolTest, WhatIsRefusedIsKeptAtOnceAndOnlyThat) {
    start();
    outbox.poisoned = {2};
    submit(3);
    EXPECT_THAT(spool.ids(), ElementsAre(2));
    EXPECT_EQ(check().health, Health::warning);
    EXPECT_THAT(check().text, HasSubstr("message 2): kept in the spool"));
    submit();
    EXPECT_THAT(spool.ids(), ElementsAre(2));
}

TEST_F(RecorderSpoolTest, WhatIsRefusedIsDrainedOnceItIsKept) {
    start();
    spool.keep_requests.close();
    outbox.poisoned = {1};
    submit();
    group.spawn("drain", drain());
    settle();
    EXPECT_FALSE(drained);
    spool.keep_requests.open();
    settle();
    EXPECT_TRUE(drained);
}

TEST_F(RecorderSpoolTest, WhatIsRefusedOutlivesProcessesUntilItCanBeWritten) {
    start();
    outbox.poisoned = {1};
    submit(2);
    die();
    start();
    EXPECT_THAT(spool.ids(), ElementsAre(1));
    EXPECT_THAT(process->recorder.waiting().messages, ElementsAre(1));
    die();
    outbox.poisoned.clear();
    start();
    EXPECT_TRUE(is_sent(1));
    EXPECT_THAT(spool.ids(), IsEmpty());
}

TEST_F(RecorderSpoolTest, ASpoolThatCannotBeReadStopsNoNewResult) {
    spool.fails["read"] = true;
    start();
    submit();
    EXPECT_TRUE(is_sent(1));
}

TEST_F(RecorderSpoolTest, AFullDiskIsToldOfAndStopsNoWriting) {
    start();
    spool.fails["keep"] = true;
    outbox.away = true;
    submit();
    EXPECT_EQ(check().health, Health::critical);
    EXPECT_THAT(check().text, HasSubstr("the spool fails (no space left on device)"));
    EXPECT_THAT(check().text, HasSubstr("Free space"));
    EXPECT_EQ(process->recorder.safe(), 0u);
    outbox.away = false;
    pass(5s);
    EXPECT_TRUE(is_sent(1));
    EXPECT_EQ(check().health, Health::ok);
}

TEST_F(RecorderSpoolTest, ADiskThatHasRoomAgainTakesWhatStillWaits) {
    start();
    spool.fails["keep"] = true;
    outbox.away = true;
    submit();
    pass(10s);
    EXPECT_LE(spool.calls["keep"], 11) << "it is not asked without a pause";
    spool.fails["keep"] = false;
    pass(1s);
    EXPECT_THAT(spool.ids(), ElementsAre(1));
}

TEST_F(RecorderSpoolTest, WhatCannotBeForgottenIsHarmlessAndForgottenLater) {
    start();
    outbox.away = true;
    submit();
    spool.fails["forget"] = true;
    outbox.away = false;
    pass(5s);
    ASSERT_TRUE(is_sent(1));
    EXPECT_EQ(check().health, Health::warning);
    EXPECT_THAT(check().text, HasSubstr("1 are kept in the spool"));
    die();
    start();
    pass(5s);
    EXPECT_EQ(database.history.size(), 1u);
    spool.fails["forget"] = false;
    pass(5s);
    EXPECT_THAT(spool.ids(), IsEmpty());
}

TEST_F(RecorderSpoolTest, ItIsDrainedOnceTheSpoolIsClearedToo) {
    start();
    outbox.away = true;
    submit();
    group.spawn("drain", drain());
    pass(1s);
    EXPECT_FALSE(drained);
    outbox.away = false;
    pass(5s);
    EXPECT_TRUE(drained);
    EXPECT_THAT(spool.ids(), IsEmpty());
}

TEST_F(RecorderSpoolTest, ADiskThatFailsHoldsUpNoDraining) {
    start();
    outbox.away = true;
    submit();
    spool.fails["forget"] = true;
    outbox.away = false;
    pass(5s);
    group.spawn("drain", drain());
    settle();
    EXPECT_TRUE(drained);
}

}  // namespace
}  // namespace postrider
