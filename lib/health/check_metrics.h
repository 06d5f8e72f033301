#pragma once

#include "lib/health/report.h"

#include <prometheus/metric_family.h>

#include <vector>

namespace postrider {

/// What the status shows, as metrics: how each check is, and each number that one has.
std::vector<prometheus::MetricFamily> metrics_of(const Report& report);

}  // namespace postrider
