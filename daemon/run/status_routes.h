#pragma once

#include "lib/health/report.h"
#include "lib/net/http_server.h"

#include <functional>
#include <string>
#include <vector>

namespace postrider {

/// Who may read the status: the peer, or whom a trusted proxy names.
struct StatusAccess {
    std::vector<std::string> allowed_hosts;
    std::vector<std::string> trusted_proxies;

    bool allows(const ServerRequest& request) const;
};

/// What is asked at each request.
struct StatusSources {
    std::function<Report()> report;
    std::function<std::string(const Report&)> metrics;  ///< in Prometheus' text format
    std::function<StatusAccess()> access;
};

/// Serves /status, /metrics and /health.
RequestHandler make_status_routes(StatusSources sources);

}  // namespace postrider
