#pragma once

#include "lib/async/task.h"

#include <chrono>

namespace postrider {

/// A moment by the database's clock, in microseconds as PostgreSQL keeps them.
using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;

/// What "now" is, and waiting for a later now. Used on the loop thread only.
class Clock {
public:
    virtual ~Clock() = default;
    virtual TimePoint now() const = 0;
    /// Comes back at `when` or, if that is past, soon.
    virtual Task<> sleep_until(TimePoint when) = 0;
};

}  // namespace postrider
