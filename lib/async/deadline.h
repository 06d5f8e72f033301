#pragma once

#include "lib/async/clock.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <optional>

namespace postrider {

inline Task<> sleep_for(std::chrono::milliseconds duration) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, duration);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

/// Runs `task`; what it throws is kept. `a || b` waits for the first to succeed, so that a failure
/// would wait for the limit and be lost.
inline Task<> keep_failure(Task<> task, std::exception_ptr& failure) {
    try {
        co_await std::move(task);
    } catch (...) {
        failure = std::current_exception();
    }
}

template <class T>
Task<> keep_result(Task<T> task, std::optional<T>& result) {
    T value = co_await std::move(task);
    result = std::move(value);
}

/// Whether `task` ended before `limit` did; if not it is cancelled, and waited for all the same.
/// Throws what the task throws.
inline Task<bool> ends_before(Task<> task, Task<> limit) {
    using namespace boost::asio::experimental::awaitable_operators;
    std::exception_ptr failure;
    auto first = co_await (keep_failure(std::move(task), failure) || std::move(limit));
    if (first.index() == 1) co_return false;
    if (failure) std::rethrow_exception(failure);
    co_return true;
}

/// The task's result, or nullopt if it had none when `limit` ended: it is then cancelled, and
/// waited for all the same.
template <class T>
Task<std::optional<T>> result_before(Task<T> task, Task<> limit) {
    std::optional<T> result;
    co_await ends_before(keep_result(std::move(task), result), std::move(limit));
    co_return std::move(result);
}

template <class T>
Task<std::optional<T>> within(std::chrono::milliseconds limit, Task<T> task) {
    return result_before(std::move(task), sleep_for(limit));
}
/// By `clock`, which outlives the await.
template <class T>
Task<std::optional<T>> within(Clock& clock, std::chrono::milliseconds limit, Task<T> task) {
    return result_before(std::move(task), clock.sleep_until(clock.now() + limit));
}

inline Task<bool> ends_within(std::chrono::milliseconds limit, Task<> task) {
    return ends_before(std::move(task), sleep_for(limit));
}
/// By `clock`, which outlives the await.
inline Task<bool> ends_within(Clock& clock, std::chrono::milliseconds limit, Task<> task) {
    return ends_before(std::move(task), clock.sleep_until(clock.now() + limit));
}

}  // namespace postrider
