#pragma once

#include "lib/async/clock.h"
#include "lib/schedule/rate_limiter.h"

#include <map>
#include <memory>
#include <string>

namespace postrider {

/// A rate that several lanes keep together: that of an account, or of a pool of senders. Whoever has to
/// wait books the next moment that is free, so that they take turns and none is starved.
/// Pure: time comes in as an argument. `who` tells the lanes apart.
class SharedRate {
public:
    /// Keeps what was spent and booked so far; `per_second` 0: no limit.
    void set_rate(double per_second) { limiter_.set_rate(per_second, burst_for(per_second)); }

    /// When `who` may go; where that is later, the moment is his.
    TimePoint next_at(const void* who, TimePoint now);
    /// `who` goes, as `next_at` said that he may.
    void spend(const void* who, TimePoint now);
    /// What goes costs more than was thought; negative: less, or it did not go.
    void correct(TimePoint now, double cost);
    /// He waits no more: his moment is lost to all, and no later one is his.
    void forget(const void* who) { booked_.erase(who); }

private:
    RateLimiter limiter_;
    std::map<const void*, TimePoint> booked_;
};

using SharedRates = std::map<std::string, std::shared_ptr<SharedRate>>;

}  // namespace postrider
