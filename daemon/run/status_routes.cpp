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

ServerAnswer metrics_answer(std::string text) {
    ServerAnswer answer;
    answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    answer.body = std::move(text);
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

RequestHandler make_status_routes(StatusSources sources) {
    return [sources = std::move(sources)](ServerRequest request) -> Task<ServerAnswer> {
        if (request.path == "/health") co_return plain(200, "alive\n");
        const bool metrics = request.path == "/metrics";
        if (request.path != "/status" && !metrics) co_return refusal(404, "not found\n");
        if (request.method != "GET" && request.method != "HEAD") co_return refusal(405, "only GET\n");
        if (!sources.access().allows(request)) co_return refusal(403, "not one of status.allowed_hosts\n");
        if (metrics) co_return metrics_answer(sources.metrics(sources.report()));
        const bool as_json = request.header("accept").find("application/json") != std::string_view::npos;
        co_return status_answer(sources.report(), as_json);
    };
}

}  // namespace postrider
