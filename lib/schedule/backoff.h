#pragma once

#include "lib/async/clock.h"

#include <chrono>

namespace postrider {

/// How long to wait between tries.
struct Backoff {
    std::chrono::milliseconds first{5000};
    std::chrono::milliseconds max = std::chrono::minutes{15};
};

/// The wait after the `failures`-th failure in a row (1, 2, …): doubles from `first` to `max`, with
/// full jitter. `chance` in [0, 1) says which part of it, so that many that failed together do not
/// come back together.
std::chrono::milliseconds wait_after(const Backoff& backoff, int failures, double chance);

}  // namespace postrider
