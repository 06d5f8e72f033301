#pragma once

#include "lib/async/task_group.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>

namespace postrider::testing {

/// A test with an event loop and a group of tasks that must all end when cancelled.
struct LoopTest : ::testing::Test {
    /// Far more than anything takes; only a failure reaches it.
    static constexpr std::chrono::seconds patience{30};

    ~LoopTest() override { stop(); }

    /// Ends all tasks. To be called by the destructor of a test whose members tasks refer to.
    void stop() {
        group.cancel();
        EXPECT_TRUE(run_until([this] { return group.size() == 0; })) << "a task does not end when cancelled";
    }

    /// Runs the loop until `reached`; false if that takes too long.
    bool run_until(const std::function<bool()>& reached) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!reached()) {
            if (std::chrono::steady_clock::now() > end) return false;
            io.restart();
            io.run_one_for(std::chrono::milliseconds{50});
        }
        return true;
    }

    /// Runs the loop until `task` has a result.
    template <class T>
    T result_of(Task<T> task) {
        std::optional<T> result;
        group.spawn("test", keep(std::move(task), result));
        EXPECT_TRUE(run_until([&] { return result.has_value(); }));
        return std::move(result).value();
    }

    template <class T>
    static Task<> keep(Task<T> task, std::optional<T>& result) {
        T value = co_await std::move(task);
        result = std::move(value);
    }

    boost::asio::io_context io{1};
    TaskGroup group{io.get_executor()};
};

}  // namespace postrider::testing
