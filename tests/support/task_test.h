#pragma once

#include "tests/support/loop_test.h"

#include <string>

namespace postrider::testing {

/// A test of tasks that may throw.
struct TaskTest : LoopTest {
    /// Runs the loop until `task` has ended; what it threw, or "".
    template <class T>
    std::string error_of(Task<T> task) {
        return result_of(failure_of(std::move(task)));
    }
    void run(Task<> task) { EXPECT_EQ(error_of(std::move(task)), ""); }

    /// Ends with what `task` threw, or "".
    template <class T>
    static Task<std::string> failure_of(Task<T> task) {
        std::string what;
        try {
            co_await std::move(task);
        } catch (const std::exception& error) {
            what = error.what();
            if (what.empty()) what = "an error without words";
        }
        co_return what;
    }
};

}  // namespace postrider::testing
