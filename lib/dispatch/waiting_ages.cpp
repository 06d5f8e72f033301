#include "lib/dispatch/waiting_ages.h"

#include <chrono>

namespace postrider {

namespace {

using namespace std::chrono_literals;

/// The ends of the spans behind `future`; what is behind the last is older.
constexpr std::array<std::chrono::microseconds, 4> ends{1min, 5min, 1h, 24h};

}  // namespace

std::size_t WaitingAges::span_of(TimePoint send_date, TimePoint now) {
    if (send_date > now) return 0;
    std::size_t span = 1;
    for (const auto end : ends) {
        if (send_date > now - end) return span;
        ++span;
    }
    return span;
}

void WaitingAges::add(const std::string& where, TimePoint send_date, TimePoint now) {
    ++counts_[where][span_of(send_date, now)];
}

}  // namespace postrider
