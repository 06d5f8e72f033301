#pragma once

#include "lib/async/task.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>

namespace postrider::testing {

/// Where tasks can be held up until a test lets them pass. Open at first.
class Gate {
public:
    explicit Gate(const Executor& executor)
        : timer_(executor, boost::asio::steady_timer::time_point::max()) {}

    void close() { closed_ = true; }
    void open() {
        closed_ = false;
        timer_.cancel();
    }
    /// How many stand before it.
    std::size_t waiting() const { return waiting_; }

    Task<> pass() {
        struct Count {
            explicit Count(std::size_t& all) : count(all) { ++count; }
            ~Count() { --count; }
            std::size_t& count;
        };
        const Count counted(waiting_);
        while (closed_) {
            co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
    }

private:
    boost::asio::steady_timer timer_;  // never expires
    bool closed_ = false;
    std::size_t waiting_ = 0;
};

}  // namespace postrider::testing
