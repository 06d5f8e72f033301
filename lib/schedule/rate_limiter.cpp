#include "lib/schedule/rate_limiter.h"

#include <algorithm>

namespace postrider {

namespace {

std::chrono::microseconds drain_time(double amount, double per_second) {
    return std::chrono::ceil<std::chrono::microseconds>(std::chrono::duration<double>(amount / per_second));
}

}  // namespace

RateLimiter::RateLimiter(double per_second, double burst)
    : per_second_(per_second), burst_(std::max(burst, 1.0)) {}

void RateLimiter::set_rate(double per_second, double burst) {
    per_second_ = per_second;
    burst_ = std::max(burst, 1.0);
}

TimePoint RateLimiter::next_at(TimePoint now) const {
    if (per_second_ <= 0 || emptied_at_ <= now) return now;
    return std::max(now, emptied_at_ - drain_time(burst_ - 1, per_second_));
}

void RateLimiter::spend(TimePoint now, double cost) {
    if (per_second_ <= 0) return;
    emptied_at_ = std::max(emptied_at_, now) + drain_time(cost, per_second_);
}

void RateLimiter::give_back(double cost) {
    if (per_second_ <= 0 || emptied_at_ == TimePoint::min()) return;
    emptied_at_ -= drain_time(cost, per_second_);
}

double burst_for(double per_second) { return 1 + per_second * 0.020; }

}  // namespace postrider
