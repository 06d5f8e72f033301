#include "lib/async/blocking_pool.h"

#include "tests/support/task_test.h"

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

namespace postrider {
namespace {

struct BlockingPoolTest : testing::TaskTest {
    ~BlockingPoolTest() override { stop(); }
    BlockingPool pool{2};
};

TEST_F(BlockingPoolTest, WorkRunsOnAnotherThreadAndItsResultComesBackOnTheLoop) {
    const auto loop = std::this_thread::get_id();
    const auto there = [loop] { return std::this_thread::get_id() == loop ? 0 : 7; };
    EXPECT_EQ(result_of(pool.run(there)), 7);
}

TEST_F(BlockingPoolTest, WhatTheWorkThrowsReachesTheCaller) {
    const auto work = []() -> int { throw std::runtime_error("no such disk"); };
    EXPECT_EQ(error_of(pool.run(work)), "no such disk");
}

TEST_F(BlockingPoolTest, WhatHangsHoldsUpNeitherTheLoopNorWhoeverIsCancelled) {
    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();
    std::atomic<bool> begun = false;
    const auto hangs = [released, &begun] {
        begun = true;
        released.wait();
        return 1;
    };
    std::optional<std::string> end;
    group.spawn("hangs", keep(failure_of(pool.run(hangs)), end));
    ASSERT_TRUE(run_until([&] { return begun.load(); }));
    const auto quick = [] { return 2; };
    EXPECT_EQ(result_of(pool.run(quick)), 2);
    stop();
    release.set_value();
}

}  // namespace
}  // namespace postrider
