#include "lib/async/task_group.h"

#include "lib/log/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cassert>

namespace postrider {

namespace asio = boost::asio;

TaskGroup::TaskGroup(Executor executor, OnError on_error)
    : executor_(std::move(executor)),
      on_error_(std::move(on_error)),
      emptied_(executor_, asio::steady_timer::time_point::max()) {}

TaskGroup::~TaskGroup() { assert(running_.empty() && "a task outlives its group"); }

void TaskGroup::log_escaped(const std::string& name, std::exception_ptr error) {
    log::error("task failed", {{"task", name}, {"error", describe(error)}});
}

void TaskGroup::spawn(std::string name, Task<> task) {
    auto entry = running_.emplace(running_.end());
    auto on_end = [this, entry, name = std::move(name)](std::exception_ptr error) {
        if (error && !was_cancelled(error)) on_error_(name, error);
        retire(entry);
        if (running_.empty()) emptied_.cancel();
    };
    asio::co_spawn(executor_, run(std::move(task)),
                   asio::bind_cancellation_slot(entry->slot(), std::move(on_end)));
}

/// A task that was cancelled and ends without having waited since: Asio's own last step would then
/// find the cancellation, throw, and end the process. So nothing of it is left for that step.
Task<> TaskGroup::run(Task<> task) {
    std::exception_ptr ended;
    try {
        co_await std::move(task);
    } catch (...) {
        ended = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state();
    if (ended) std::rethrow_exception(ended);
}

Task<> TaskGroup::end_with(Task<> task) {
    std::exception_ptr ended;
    try {
        co_await std::move(task);
    } catch (...) {
        ended = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state();  // cancelled, yet we still must wait
    cancel();
    co_await join();
    if (ended) std::rethrow_exception(ended);
}

void TaskGroup::retire(std::list<asio::cancellation_signal>::iterator entry) {
    // Asio may have queued the signal that cancel() emitted from outside the loop: it must still be
    // there when its turn comes, also if the task has ended by then.
    std::list<asio::cancellation_signal> ended;
    ended.splice(ended.end(), running_, entry);
    if (cancelled_) asio::post(executor_, [ended = std::move(ended)] {});
}

void TaskGroup::cancel() {
    cancelled_ = true;
    for (auto it = running_.begin(); it != running_.end();) {
        auto current = it++;  // a task may end, and leave the list, inside emit()
        current->emit(asio::cancellation_type::terminal);
    }
}

Task<> TaskGroup::join() {
    while (!running_.empty()) {
        // As a tuple, since emptied_ is cancelled when empty too; if it is us who are cancelled, the
        // next wait throws.
        co_await emptied_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

}  // namespace postrider
