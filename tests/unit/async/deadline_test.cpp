#include "lib/async/deadline.h"

#include "tests/support/clock_test.h"

#include <stdexcept>

namespace postrider {
namespace {

using namespace std::chrono_literals;

struct DeadlineTest : testing::ClockTest {
    ~DeadlineTest() override { stop(); }

    Task<std::string> answer_after(std::chrono::microseconds span) {
        co_await clock.sleep_until(clock.now() + span);
        co_return "answer";
    }
    Task<std::string> fail() {
        co_await clock.sleep_until(clock.now() + 1s);
        throw std::runtime_error("broken");
    }
    Task<> fail_without_result() { co_await fail(); }
    Task<> sleep(std::chrono::microseconds span) { co_await clock.sleep_until(clock.now() + span); }
    /// Sees to it that its answer is not lost although it is cancelled.
    Task<std::string> answer_when_cancelled() {
        std::exception_ptr cancelled;
        try {
            co_await clock.sleep_until(clock.now() + 1h);
        } catch (...) {
            cancelled = std::current_exception();
        }
        co_return "last words";
    }

    Task<> ask(Task<std::string> task) {
        std::exception_ptr error;
        try {
            result = co_await within(clock, 5s, std::move(task));
        } catch (...) {
            error = std::current_exception();
        }
        if (error) failure = describe(error);
        ended = true;
    }
    Task<> ask_for_end(Task<> task) {
        std::exception_ptr error;
        try {
            in_time = co_await ends_within(clock, 5s, std::move(task));
        } catch (...) {
            error = std::current_exception();
        }
        if (error) failure = describe(error);
        ended = true;
    }

    std::optional<std::string> result;
    std::optional<bool> in_time;
    std::string failure;
    bool ended = false;
};

TEST_F(DeadlineTest, AResultInTimeIsTheResult) {
    group.spawn("ask", ask(answer_after(4s)));
    pass(4s);
    EXPECT_EQ(result, "answer");
    EXPECT_EQ(clock.sleepers(), 0u) << "the limit is waited for no more";
}

TEST_F(DeadlineTest, NoResultInTimeIsNoResultAndTheTaskHasEnded) {
    group.spawn("ask", ask(answer_after(1h)));
    pass(5s);
    EXPECT_TRUE(ended);
    EXPECT_EQ(result, std::nullopt);
    EXPECT_EQ(clock.sleepers(), 0u);
}

TEST_F(DeadlineTest, ATaskThatFailsIsNotWaitedForAndItsErrorIsKept) {
    group.spawn("ask", ask(fail()));
    pass(1s);
    EXPECT_EQ(failure, "broken");
}

TEST_F(DeadlineTest, ATaskWithoutResultThatFailsIsNotWaitedForEither) {
    group.spawn("ask", ask_for_end(fail_without_result()));
    pass(1s);
    EXPECT_EQ(failure, "broken");
}

TEST_F(DeadlineTest, AResultThatComesWhileTheTaskIsBeingCancelledCounts) {
    group.spawn("ask", ask(answer_when_cancelled()));
    pass(5s);
    EXPECT_EQ(result, "last words");
}

TEST_F(DeadlineTest, SaysWhetherATaskEndedInTime) {
    group.spawn("ask", ask_for_end(sleep(4s)));
    pass(4s);
    EXPECT_EQ(in_time, true);
    group.spawn("ask", ask_for_end(sleep(6s)));
    pass(5s);
    EXPECT_EQ(in_time, false);
}

TEST_F(DeadlineTest, WhoIsCancelledWhileWaitingIsCancelledAndSoIsTheTask) {
    group.spawn("ask", ask(answer_after(1h)));
    settle();
    group.cancel();
    settle();
    EXPECT_EQ(group.size(), 0u);
    EXPECT_EQ(clock.sleepers(), 0u);
    EXPECT_EQ(result, std::nullopt);
}

}  // namespace
}  // namespace postrider
