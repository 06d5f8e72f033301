#pragma once

#include "lib/async/clock.h"

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <map>
#include <optional>

namespace postrider::testing {

/// A clock that goes on only when told. Sleepers wake in the order of their moments. Outlives
/// whoever sleeps by it.
class ManualClock final : public Clock {
public:
    /// Starts at a moment like any other: 2030-01-01 00:00 UTC.
    explicit ManualClock(Executor executor, TimePoint start = TimePoint(std::chrono::seconds{1893456000}));

    TimePoint now() const override { return now_; }
    Task<> sleep_until(TimePoint when) override;

    /// Moves on; those whose moment has come run when the loop does.
    void advance(std::chrono::microseconds span) { advance_to(now_ + span); }
    void advance_to(TimePoint when);

    /// When the next sleeper wakes.
    std::optional<TimePoint> next_at() const;
    std::size_t sleepers() const { return sleepers_.size(); }

private:
    using Sleepers = std::multimap<TimePoint, boost::asio::steady_timer*>;  // timers never expire

    Executor executor_;
    TimePoint now_;
    Sleepers sleepers_;
};

}  // namespace postrider::testing
