#pragma once

#include "lib/async/task.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <optional>

namespace postrider {

inline Task<> sleep_for(std::chrono::milliseconds duration) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, duration);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

/// The task's result, or nullopt after `limit`: it is then cancelled, and waited for all the same.
template <class T>
Task<std::optional<T>> within(std::chrono::milliseconds limit, Task<T> task) {
    using namespace boost::asio::experimental::awaitable_operators;
    auto first = co_await (std::move(task) || sleep_for(limit));
    if (first.index() == 1) co_return std::nullopt;
    co_return std::get<0>(std::move(first));
}

/// Whether `task` ended before `limit`; if not it is cancelled, and waited for all the same.
inline Task<bool> ends_within(std::chrono::milliseconds limit, Task<> task) {
    using namespace boost::asio::experimental::awaitable_operators;
    auto first = co_await (std::move(task) || sleep_for(limit));
    co_return first.index() == 0;
}

}  // namespace postrider
