#include "lib/async/task_group.h"

#include "lib/async/wakeup.h"
#include "tests/support/clock_test.h"

#include <gmock/gmock.h>

#include <stdexcept>

namespace postrider {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct TaskGroupTest : testing::ClockTest {
    ~TaskGroupTest() override { stop(); }

    Task<> sleep(std::chrono::microseconds span) { co_await clock.sleep_until(clock.now() + span); }
    Task<> fail() {
        co_await sleep(1s);
        throw std::runtime_error("broken");
    }
    Task<> wait_for(TaskGroup& other, bool& joined) {
        co_await other.join();
        joined = true;
    }
    Task<> end(TaskGroup& other, Task<> last, std::exception_ptr& thrown) {
        try {
            co_await other.end_with(std::move(last));
        } catch (...) {
            thrown = std::current_exception();
        }
    }

    std::vector<std::string> failed;
    TaskGroup tasks{io.get_executor(), [this](const std::string& name, std::exception_ptr error) {
                        failed.push_back(name + ": " + describe(error));
                    }};
};

TEST_F(TaskGroupTest, JoinComesBackOnceNoTaskIsLeft) {
    bool joined = false;
    tasks.spawn("short", sleep(1s));
    tasks.spawn("long", sleep(2s));
    group.spawn("join", wait_for(tasks, joined));
    pass(1s);
    EXPECT_FALSE(joined);
    EXPECT_EQ(tasks.size(), 1u);
    pass(1s);
    EXPECT_TRUE(joined);
}

TEST_F(TaskGroupTest, JoinOfAnEmptyGroupComesBackAtOnce) {
    bool joined = false;
    group.spawn("join", wait_for(tasks, joined));
    settle();
    EXPECT_TRUE(joined);
}

TEST_F(TaskGroupTest, SeveralMayWaitForTheEnd) {
    bool one = false;
    bool other = false;
    tasks.spawn("task", sleep(1s));
    group.spawn("join", wait_for(tasks, one));
    group.spawn("join", wait_for(tasks, other));
    pass(1s);
    EXPECT_TRUE(one && other);
}

TEST_F(TaskGroupTest, WhatItEndsWithEndsItHoweverThatComesToItsEnd) {
    std::exception_ptr thrown;
    tasks.spawn("long", sleep(1h));
    group.spawn("last", end(tasks, sleep(1s), thrown));
    pass(999ms);
    EXPECT_EQ(tasks.size(), 1u);
    pass(1ms);
    EXPECT_EQ(tasks.size(), 0u);
    EXPECT_FALSE(thrown);

    TaskGroup others(io.get_executor());
    others.spawn("long", sleep(1h));
    group.spawn("last", end(others, fail(), thrown));
    pass(1s);
    EXPECT_EQ(others.size(), 0u);
    EXPECT_EQ(describe(thrown), "broken");

    TaskGroup cancelled(io.get_executor());
    std::exception_ptr why;
    cancelled.spawn("long", sleep(1h));
    group.spawn("last", end(cancelled, sleep(1h), why));
    settle();
    group.cancel();
    settle();
    EXPECT_EQ(cancelled.size(), 0u);
    EXPECT_TRUE(why && was_cancelled(why));
}

TEST_F(TaskGroupTest, CancelEndsEveryTaskAndIsNoError) {
    tasks.spawn("one", sleep(1h));
    tasks.spawn("two", sleep(1h));
    settle();
    tasks.cancel();
    settle();
    EXPECT_EQ(tasks.size(), 0u);
    EXPECT_EQ(clock.sleepers(), 0u);
    EXPECT_THAT(failed, IsEmpty());
}

TEST_F(TaskGroupTest, ATaskCanBeCancelledBeforeItHasBegun) {
    tasks.spawn("one", sleep(1h));
    tasks.cancel();
    settle();
    EXPECT_EQ(tasks.size(), 0u);
}

TEST_F(TaskGroupTest, WhatATaskThrowsIsToldUnderItsNameAndStopsNoOther) {
    tasks.spawn("first", fail());
    tasks.spawn("second", sleep(2s));
    pass(1s);
    EXPECT_THAT(failed, ElementsAre("first: broken"));
    EXPECT_EQ(tasks.size(), 1u);
    pass(1s);
}

TEST_F(TaskGroupTest, AJoinThatIsCancelledLeavesTheTasksRunning) {
    bool joined = false;
    tasks.spawn("task", sleep(1s));
    group.spawn("join", wait_for(tasks, joined));
    settle();
    group.cancel();
    settle();
    EXPECT_EQ(group.size(), 0u);
    EXPECT_FALSE(joined);
    EXPECT_EQ(tasks.size(), 1u);
    pass(1s);
}

}  // namespace
}  // namespace postrider
