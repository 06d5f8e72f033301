#pragma once

#include "lib/quicksilver/task_rules.h"

#include <boost/json/object.hpp>

#include <vector>

namespace postrider {

/// What the package's page of the status says of these tasks, which are in the order of their next runs.
boost::json::object status_page(const std::vector<SiteTaskView>& views, TimePoint now);

}  // namespace postrider
