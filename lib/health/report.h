#pragma once

#include "lib/health/check.h"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace postrider {

/// All checks, and what they come to.
struct Report {
    std::vector<Check> checks;

    /// The worst of them.
    Health health() const;
};

/// As a Nagios plugin prints it (monitoring-plugins development guidelines): the first line has the
/// verdict, what is not OK, and all measures; then a line for each check.
std::string to_nagios(const Report& report);

boost::json::object to_json(const Report& report);

}  // namespace postrider
