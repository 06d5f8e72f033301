#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <exception>

namespace postrider {

/// A coroutine that is started by whoever awaits it, or by a TaskGroup.
template <class T = void>
using Task = boost::asio::awaitable<T>;

using Executor = boost::asio::any_io_executor;

/// Whether `error` only says that the task was cancelled by its owner.
bool was_cancelled(const std::exception_ptr& error);

/// What `error` says, for an operator.
std::string describe(const std::exception_ptr& error);

}  // namespace postrider
