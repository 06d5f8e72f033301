#pragma once

#include "lib/async/task.h"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <list>
#include <string>

namespace postrider {

/// Owns running tasks: none outlives the group, and all can be asked to stop. One executor only.
///
/// Before the group is destroyed its tasks must have ended: `cancel()`, then `co_await join()`.
class TaskGroup {
public:
    /// `on_error` hears of each task that ended by an exception other than cancellation; by
    /// default it is logged under the task's name.
    using OnError = std::function<void(const std::string& name, std::exception_ptr error)>;

    explicit TaskGroup(Executor executor, OnError on_error = log_escaped);
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    ~TaskGroup();

    /// Starts `task`. It takes its parameters by value: references only to what outlives the group.
    void spawn(std::string name, Task<> task);

    /// Asks every task to stop; returns at once.
    void cancel();

    /// Comes back once no task is left.
    Task<> join();

    /// Waits for `task`, which is none of the group's; whatever comes of it, then ends those that are. Throws what
    /// it throws. Cancelled, it waits for them all the same.
    Task<> end_with(Task<> task);

    std::size_t size() const { return running_.size(); }

    static void log_escaped(const std::string& name, std::exception_ptr error);

private:
    static Task<> run(Task<> task);
    void retire(std::list<boost::asio::cancellation_signal>::iterator entry);

    Executor executor_;
    OnError on_error_;
    std::list<boost::asio::cancellation_signal> running_;  // a list: slots must not move
    boost::asio::steady_timer emptied_;                    // never expires; cancelled when empty
    bool cancelled_ = false;
};

}  // namespace postrider
