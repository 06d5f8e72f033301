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

/// Serves /status and /health (design: HTTP). `report` and `access` are asked at each request.
RequestHandler make_status_routes(std::function<Report()> report, std::function<StatusAccess()> access);

}  // namespace postrider
