#pragma once

#include "tests/bench/workbench.h"

namespace postrider::bench {

/// Messages a second through one daemon on a loopback channel, of so many rows that are due when it comes.
double loopback_rate(Workbench& bench, int rows);

}  // namespace postrider::bench
