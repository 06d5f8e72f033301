#include "lib/schedule/backoff.h"

#include <algorithm>

namespace postrider {

std::chrono::milliseconds wait_after(const Backoff& backoff, int failures, double chance) {
    auto ceiling = backoff.first;
    for (int i = 1; i < failures && ceiling < backoff.max; ++i) ceiling *= 2;
    ceiling = std::min(ceiling, backoff.max);
    return std::chrono::milliseconds(
        static_cast<std::chrono::milliseconds::rep>(static_cast<double>(ceiling.count()) * chance));
}

}  // namespace postrider
