#include "lib/async/wakeup.h"

#include "tests/support/clock_test.h"

namespace postrider {
namespace {

using namespace std::chrono_literals;

struct WakeupTest : testing::ClockTest {
    ~WakeupTest() override { stop(); }

    Task<> count_rings() {
        for (;;) {
            co_await wakeup.wait();
            ++woken;
        }
    }
    Task<> wait_until(TimePoint when) {
        co_await wakeup.wait_until(clock, when);
        ++woken;
    }

    Wakeup wakeup{io.get_executor()};
    int woken = 0;
};

TEST_F(WakeupTest, ARingWakesWhoWaits) {
    group.spawn("wait", count_rings());
    settle();
    EXPECT_EQ(woken, 0);
    wakeup.ring();
    settle();
    EXPECT_EQ(woken, 1);
}

TEST_F(WakeupTest, ARingWhileNobodyWaitsIsKept) {
    wakeup.ring();
    group.spawn("wait", count_rings());
    settle();
    EXPECT_EQ(woken, 1);
}

TEST_F(WakeupTest, SeveralRingsAreOne) {
    wakeup.ring();
    wakeup.ring();
    group.spawn("wait", count_rings());
    settle();
    EXPECT_EQ(woken, 1);
}

TEST_F(WakeupTest, WaitingUntilAMomentEndsAtThatMoment) {
    group.spawn("wait", wait_until(clock.now() + 5s));
    pass(4999ms);
    EXPECT_EQ(woken, 0);
    pass(1ms);
    EXPECT_EQ(woken, 1);
}

TEST_F(WakeupTest, WaitingUntilAMomentEndsEarlierWhenRung) {
    group.spawn("wait", wait_until(clock.now() + 5s));
    settle();
    wakeup.ring();
    settle();
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(clock.sleepers(), 0u) << "no timer is left behind";
}

TEST_F(WakeupTest, ARingThatEndedAWaitIsUsedUp) {
    group.spawn("wait", wait_until(clock.now() + 5s));
    settle();
    wakeup.ring();
    settle();
    group.spawn("wait", wait_until(clock.now() + 5s));
    settle();
    EXPECT_EQ(woken, 1);
}

TEST_F(WakeupTest, AWaitThatIsCancelledEnds) {
    group.spawn("wait", wait_until(clock.now() + 5s));
    group.spawn("count", count_rings());
    settle();
    group.cancel();
    settle();
    EXPECT_EQ(group.size(), 0u);
    EXPECT_EQ(woken, 0);
}

}  // namespace
}  // namespace postrider
