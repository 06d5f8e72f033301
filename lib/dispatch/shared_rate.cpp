#include "lib/dispatch/shared_rate.h"

namespace postrider {

TimePoint SharedRate::next_at(const void* who, TimePoint now) {
    if (const auto booked = booked_.find(who); booked != booked_.end()) return booked->second;
    const TimePoint at = limiter_.next_at(now);
    if (at > now) {
        limiter_.spend(at);
        booked_.emplace(who, at);
    }
    return at;
}

void SharedRate::spend(const void* who, TimePoint now) {
    if (booked_.erase(who) == 0) limiter_.spend(now);  // else it is paid for
}

void SharedRate::correct(TimePoint now, double cost) {
    if (cost > 0) limiter_.spend(now, cost);
    if (cost < 0) limiter_.give_back(-cost);
}

}  // namespace postrider
