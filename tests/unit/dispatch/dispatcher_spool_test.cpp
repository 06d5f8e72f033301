// The way out with a spool: what a daemon's end does to results, and its start to open attempts.
#include "tests/support/daemon_in_memory.h"
#include "tests/support/memory_spool.h"

#include <gmock/gmock.h>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using testing::DaemonInMemory;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemorySpool;

struct DispatcherSpoolTest : testing::DaemonTest {
    DispatcherSpoolTest() { spool = &disk; }

    MemorySpool disk{io.get_executor()};
};

TEST_F(DispatcherSpoolTest, StoppedWhileTheDatabaseIsAwayItsResultsAreInTheSpool) {
    DaemonInMemory& daemon = start_daemon();
    provider().gate.close();
    insert("m");
    settle();
    daemon.outbox.away = true;
    provider().gate.open();
    settle();
    stop_now(daemon);
    EXPECT_EQ(stopped, 1);
    EXPECT_THAT(disk.ids(), ElementsAre(1));
    EXPECT_EQ(disk.kept.front().disposition, Disposition::sent);
}

TEST_F(DispatcherSpoolTest, StoppedWithTheDatabaseThereTheSpoolIsEmpty) {
    DaemonInMemory& daemon = start_daemon();
    const MessageId id = insert("m");
    settle();
    daemon.outbox.away = true;
    insert("n", "b");
    settle();
    daemon.outbox.away = false;
    stop_now(daemon);
    EXPECT_TRUE(is_sent(id));
    EXPECT_THAT(disk.ids(), IsEmpty());
}

TEST_F(DispatcherSpoolTest, OpenAttemptsAreLeftAloneUntilTheSpoolIsRead) {
    database.daemons[99].ended = true;
    const MessageId id = insert("m");
    ClaimRequest request;
    request.message_id = id;
    request.channel = "sms";
    database.open[id] = {1000, 99, request, clock.now(), clock.now()};
    const auto untouched = [&] { return database.open.contains(id) && database.open.at(id).daemon == 99; };
    disk.fails["read"] = true;
    start_daemon();
    pass(1min);
    EXPECT_TRUE(untouched());
    disk.fails["read"] = false;
    pass(2s);
    EXPECT_FALSE(untouched());
}

}  // namespace
}  // namespace postrider
