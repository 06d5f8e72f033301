#pragma once

#include "lib/async/clock.h"

#include <array>
#include <cstddef>

namespace postrider {

/// The database's clock, carried forward by this machine's steady clock between readings, so that
/// a jump of the local wall clock changes nothing.
///
/// Never ahead of the database: each reading is taken to be as old as its answer's arrival, and of
/// the last readings the one that travelled fastest counts. So no message can leave early.
class DatabaseClock final : public Clock {
public:
    using Steady = std::chrono::steady_clock;

    explicit DatabaseClock(Executor executor);

    TimePoint now() const override;
    Task<> sleep_until(TimePoint when) override;

    /// `reading` was the database's time no later than `arrived`.
    void sync(TimePoint reading, Steady::time_point arrived);

    /// How far this machine's wall clock is ahead of the database's (negative: behind).
    std::chrono::microseconds local_wall_ahead() const;

private:
    using Offset = std::chrono::microseconds;  // database time minus steady time

    Executor executor_;
    std::array<Offset, 8> readings_{};
    std::size_t next_reading_ = 0;
    std::size_t readings_count_ = 0;
    Offset offset_{};  // until the first reading: this machine's wall clock
};

}  // namespace postrider
