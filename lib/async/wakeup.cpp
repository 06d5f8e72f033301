#include "lib/async/wakeup.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace postrider {

namespace asio = boost::asio;

Wakeup::Wakeup(const Executor& executor) : timer_(executor, asio::steady_timer::time_point::max()) {}

void Wakeup::ring() {
    rung_ = true;
    timer_.cancel();
}

Task<> Wakeup::wait() {
    while (!rung_) {
        // A ring cancels the timer; if it is us who are cancelled, the next wait throws.
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    rung_ = false;
}

Task<> Wakeup::wait_until(Clock& clock, TimePoint when) {
    using namespace asio::experimental::awaitable_operators;
    if (rung_) {
        rung_ = false;
        co_return;
    }
    co_await (wait() || clock.sleep_until(when));
}

}  // namespace postrider
