#include "lib/async/database_clock.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace postrider {

namespace {

std::chrono::microseconds since_start(DatabaseClock::Steady::time_point when) {
    return std::chrono::floor<std::chrono::microseconds>(when.time_since_epoch());
}

TimePoint wall_now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace

DatabaseClock::DatabaseClock(Executor executor)
    : executor_(std::move(executor)), offset_(wall_now().time_since_epoch() - since_start(Steady::now())) {}

TimePoint DatabaseClock::now() const { return TimePoint(since_start(Steady::now()) + offset_); }

Task<> DatabaseClock::sleep_until(TimePoint when) {
    // A day at most: far-off times would overflow the timer, and whoever waits looks again anyway.
    // Those long past (a send date may be -infinity) would overflow the difference.
    const TimePoint start = now();
    const auto wait =
        std::min<std::chrono::microseconds>(std::max(when, start) - start, std::chrono::hours{24});
    boost::asio::steady_timer timer(executor_, wait);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

void DatabaseClock::sync(TimePoint reading, Steady::time_point arrived) {
    // Rounded up, or a fraction of a microsecond would put us ahead.
    readings_[next_reading_] =
        reading.time_since_epoch() - std::chrono::ceil<std::chrono::microseconds>(arrived.time_since_epoch());
    next_reading_ = (next_reading_ + 1) % readings_.size();
    readings_count_ = std::min(readings_count_ + 1, readings_.size());
    offset_ = *std::max_element(readings_.begin(),
                                readings_.begin() + static_cast<std::ptrdiff_t>(readings_count_));
}

std::chrono::microseconds DatabaseClock::local_wall_ahead() const { return wall_now() - now(); }

}  // namespace postrider
