#pragma once

#include "daemon/run/status_routes.h"
#include "lib/async/blocking_pool.h"
#include "lib/store/site_monitoring.h"

#include <functional>
#include <memory>

namespace postrider {

/// What is asked at each request.
struct NagiosSources {
    std::function<StatusAccess()> access;
    std::function<Report()> report;
    std::function<Task<SiteMonitoring>()> site;  ///< throws while there is no database to ask
};

/// Serves the monitoring pages of the Django package, `/nagios/….json`, as its check scripts read them.
class NagiosRoutes {
public:
    explicit NagiosRoutes(NagiosSources sources);

    static bool concerns(const ServerRequest& request);
    Task<ServerAnswer> answer(ServerRequest request);

private:
    Task<ServerAnswer> page(std::string name);

    NagiosSources sources_;
    BlockingPool host_;  // file systems and /proc may hang
};

}  // namespace postrider
