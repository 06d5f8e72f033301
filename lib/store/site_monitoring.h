#pragma once

#include "lib/store/pqxx_fwd.h"

#include <string>
#include <vector>

namespace postrider {

/// Of the site, if it has that app.
inline constexpr const char* monitoring_table = "nagios_monitor_scheduledevent";

/// What the Django package's monitoring tells of a site's tables.
struct SiteMonitoring {
    long long unhandled_errors = 0;  ///< errored messages that nobody has marked as handled
    /// Scheduled events (nagios_monitor_scheduledevent) that were last seen too long ago, or never.
    std::vector<std::string> late_errors;
    std::vector<std::string> late_warnings;  ///< those that are only somewhat late
};

/// Of a site without such events, there are none that are late.
SiteMonitoring read_site_monitoring(pqxx::connection& connection);

}  // namespace postrider
