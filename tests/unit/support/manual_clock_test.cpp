#include "tests/support/manual_clock.h"

#include "tests/support/clock_test.h"

#include <gmock/gmock.h>

namespace postrider::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct ManualClockTest : ClockTest {
    ~ManualClockTest() override { stop(); }

    Task<> note(std::string name, std::chrono::microseconds span) {
        co_await clock.sleep_until(clock.now() + span);
        woken.push_back(std::move(name));
    }
    std::vector<std::string> woken;
};

TEST_F(ManualClockTest, WakesSleepersInTheOrderOfTheirMoments) {
    group.spawn("b", note("b", 2s));
    group.spawn("c", note("c", 3s));
    group.spawn("a", note("a", 1s));
    settle();
    clock.advance(2s);
    settle();
    EXPECT_THAT(woken, ElementsAre("a", "b"));
    EXPECT_EQ(clock.next_at(), clock.now() + 1s);
}

TEST_F(ManualClockTest, StandsStillByItself) {
    group.spawn("a", note("a", 1us));
    settle();
    EXPECT_THAT(woken, IsEmpty());
}

TEST_F(ManualClockTest, AMomentThatIsPastComesAtOnce) {
    group.spawn("a", note("a", -1s));
    settle();
    EXPECT_THAT(woken, ElementsAre("a"));
}

TEST_F(ManualClockTest, ASleeperThatIsCancelledLeavesNothingBehind) {
    group.spawn("a", note("a", 1s));
    settle();
    group.cancel();
    settle();
    EXPECT_EQ(clock.sleepers(), 0u);
    clock.advance(1s);
    settle();
    EXPECT_THAT(woken, IsEmpty());
}

}  // namespace
}  // namespace postrider::testing
