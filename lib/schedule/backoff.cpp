#include "lib/schedule/backoff.h"

#include <algorithm>

namespace postrider {

std::chrono::milliseconds wait_after(const Backoff& backoff, int failures, double chance) {
    auto ceiling = std::min(backoff.first, backoff.max);
    for (int i = 1; i < failures && ceiling < backoff.max && ceiling.count() > 0; ++i) {
        ceiling += std::min(ceiling, backoff.max - ceiling);  // doubled, without overflow
    }
    return std::chrono::milliseconds(
        static_cast<std::chrono::milliseconds::rep>(static_cast<double>(ceiling.count()) * chance));
}

}  // namespace postrider
