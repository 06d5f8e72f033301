#include "tests/support/manual_clock.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cassert>

namespace postrider::testing {

namespace asio = boost::asio;

ManualClock::ManualClock(Executor executor, TimePoint start) : executor_(std::move(executor)), now_(start) {}

Task<> ManualClock::sleep_until(TimePoint when) {
    if (when <= now_) {
        co_await asio::post(executor_, asio::use_awaitable);
        co_return;
    }
    struct Sleeper {
        Sleeper(Sleepers& all, TimePoint moment, asio::steady_timer& timer)
            : sleepers(all), entry(all.emplace(moment, &timer)) {}
        Sleeper(const Sleeper&) = delete;
        Sleeper& operator=(const Sleeper&) = delete;
        ~Sleeper() { sleepers.erase(entry); }
        Sleepers& sleepers;
        Sleepers::iterator entry;
    };
    asio::steady_timer timer(executor_, asio::steady_timer::time_point::max());
    const Sleeper registered(sleepers_, when, timer);
    while (now_ < when) {
        // advance_to() cancels the timer; if it is us who are cancelled, the next wait throws.
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

void ManualClock::advance_to(TimePoint when) {
    assert(when >= now_);
    now_ = when;
    for (const auto& [moment, timer] : sleepers_) {
        if (moment > now_) break;
        timer->cancel();
    }
}

std::optional<TimePoint> ManualClock::next_at() const {
    if (sleepers_.empty()) return std::nullopt;
    return sleepers_.begin()->first;
}

}  // namespace postrider::testing
