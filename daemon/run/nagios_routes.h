#pragma once

#include "daemon/run/status_routes.h"
#include "lib/async/blocking_pool.h"
#include "lib/store/site_monitoring.h"

#include <boost/json/object.hpp>

#include <functional>
#include <memory>

namespace postrider {

/// What is asked at each request.
struct NagiosSources {
    std::function<StatusAccess()> access;
    std::function<Report()> report;
    // Both throw while there is no database to ask.
    std::function<Task<SiteMonitoring>()> site;
    std::function<Task<boost::json::object>()> site_tasks;  ///< as the page of their status has it
};

/// Serves the monitoring pages of the Django package, `/nagios/….json`, as its check scripts read them, and
/// `/quicksilver/status`.
class NagiosRoutes {
public:
    explicit NagiosRoutes(NagiosSources sources);

    static bool concerns(const ServerRequest& request);
    Task<ServerAnswer> answer(ServerRequest request);

private:
    Task<ServerAnswer> page(std::string name);
    Task<ServerAnswer> site_tasks();

    NagiosSources sources_;
    BlockingPool host_;  // file systems and /proc may hang
};

}  // namespace postrider
