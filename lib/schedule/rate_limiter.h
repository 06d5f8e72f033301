#pragma once

#include "lib/async/clock.h"

namespace postrider {

/// A rate held exactly, without bursts beyond `burst` (GCRA, the leaky bucket as a meter: ITU-T
/// I.371). Pure: time comes in as an argument.
class RateLimiter {
public:
    /// `per_second` 0: no limit. `burst`: how many may go at once after a rest, at least 1.
    explicit RateLimiter(double per_second = 0, double burst = 1);

    /// Keeps what was spent so far.
    void set_rate(double per_second, double burst = 1);

    /// The first moment at which something may go.
    TimePoint next_at(TimePoint now) const;
    /// Spends `cost` at `now`; the caller has asked `next_at`.
    void spend(TimePoint now, double cost = 1);
    /// What was spent did not go after all.
    void give_back(double cost = 1);
    /// Whether it is as if nothing had been spent.
    bool is_full(TimePoint now) const { return emptied_at_ <= now; }

private:
    double per_second_;
    double burst_;
    TimePoint emptied_at_ = TimePoint::min();  // when all that was spent will have drained
};

/// The burst with which a rate is kept also by whoever comes a little late each time, as timers and busy
/// loops do: what 20 ms are worth.
double burst_for(double per_second);

}  // namespace postrider
