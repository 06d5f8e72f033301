#include "daemon/run/status_routes.h"

#include "lib/net/client_address.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace postrider {

namespace {

bool contains(const std::vector<std::string>& hosts, std::string_view host) {
    return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

ServerAnswer status_answer(const Report& report, bool as_json) {
    ServerAnswer answer;
    answer.status = report.health() == Health::critical ? 503 : 200;
    answer.headers = {{"Cache-Control", "no-store"}};
    if (as_json) {
        answer.content_type = "application/json";
        answer.body = boost::json::serialize(to_json(report)) + "\n";
    } else {
        answer.body = to_nagios(report);
    }
    return answer;
}

ServerAnswer plain(int status, std::string body) {
    ServerAnswer answer;
    answer.status = status;
    answer.body = std::move(body);
    return answer;
}

ServerAnswer refusal(int status, std::string body) {
    ServerAnswer answer = plain(status, std::move(body));
    answer.refused = true;
    return answer;
}

}  // namespace

bool StatusAccess::allows(const ServerRequest& request) const {
    return contains(allowed_hosts, client_address(request, trusted_proxies));
}

RequestHandler make_status_routes(std::function<Report()> report, std::function<StatusAccess()> access) {
    return [report = std::move(report),
            access = std::move(access)](ServerRequest request) -> Task<ServerAnswer> {
        if (request.path == "/health") co_return plain(200, "alive\n");
        if (request.path != "/status") co_return refusal(404, "not found\n");
        if (request.method != "GET" && request.method != "HEAD") co_return refusal(405, "only GET\n");
        if (!access().allows(request)) co_return refusal(403, "not one of status.allowed_hosts\n");
        const bool as_json = request.header("accept").find("application/json") != std::string_view::npos;
        co_return status_answer(report(), as_json);
    };
}

}  // namespace postrider
