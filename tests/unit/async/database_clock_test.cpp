#include "lib/async/database_clock.h"

#include "tests/support/loop_test.h"

namespace postrider {
namespace {

using namespace std::chrono_literals;

struct DatabaseClockTest : testing::LoopTest {
    /// The database is a century ahead of this machine's wall clock: so none of it can show.
    const DatabaseClock::Steady::time_point start = DatabaseClock::Steady::now();
    const TimePoint then{std::chrono::seconds{5000000000}};
    DatabaseClock clock{io.get_executor()};

    /// A reading taken `at` after the start whose answer took `travel` to arrive.
    void read(std::chrono::milliseconds at, std::chrono::milliseconds travel) {
        clock.sync(then + at, start + at + travel);
    }
    /// How far the clock is behind the database's.
    std::chrono::microseconds behind() const {
        const auto before = DatabaseClock::Steady::now();
        const TimePoint shown = clock.now();
        return then + std::chrono::floor<std::chrono::microseconds>(before - start) - shown;
    }
};

// Reading the steady clock twice takes a moment, so `behind` is only known to about this.
constexpr auto about = 200ms;
constexpr auto rounding = 2us;

TEST_F(DatabaseClockTest, ShowsTheDatabasesTimeAndNotThisMachines) {
    read(0ms, 0ms);
    EXPECT_GE(behind(), 0us);
    EXPECT_LT(behind(), about);
    EXPECT_LT(clock.local_wall_ahead(), -24h);
}

TEST_F(DatabaseClockTest, IsBehindByTheJourneyOfTheAnswerAndNeverAhead) {
    read(0ms, 700ms);
    EXPECT_LE(behind(), 700ms + rounding);
    EXPECT_GT(behind(), 700ms - about);
}

TEST_F(DatabaseClockTest, TheFastestOfTheLastReadingsCounts) {
    read(0ms, 9000ms);
    read(1ms, 300ms);
    read(2ms, 8000ms);
    EXPECT_LE(behind(), 300ms + rounding);
    EXPECT_GT(behind(), 300ms - about);
}

TEST_F(DatabaseClockTest, AnOldReadingIsForgottenAfterEightOthers) {
    read(0ms, 300ms);
    for (int i = 1; i <= 8; ++i) read(std::chrono::milliseconds{i}, 900ms);
    EXPECT_GT(behind(), 900ms - about);
}

TEST_F(DatabaseClockTest, BeforeTheFirstReadingItIsThisMachinesClock) {
    EXPECT_LT(std::chrono::abs(clock.local_wall_ahead()), about);
}

TEST_F(DatabaseClockTest, AMomentInThePastIsNotWaitedFor) {
    group.spawn("sleep", clock.sleep_until(TimePoint::min()));
    EXPECT_TRUE(run_until([this] { return group.size() == 0; }));
}

TEST_F(DatabaseClockTest, AMomentFarAwayDoesNotOverflowTheTimer) {
    group.spawn("sleep", clock.sleep_until(TimePoint::max()));
    io.poll();
    EXPECT_EQ(group.size(), 1u);
}

}  // namespace
}  // namespace postrider
