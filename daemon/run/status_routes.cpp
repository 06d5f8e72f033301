#include "daemon/run/status_routes.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace postrider {

namespace {

bool contains(const std::vector<std::string>& hosts, std::string_view host) {
    return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return "";
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
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

}  // namespace

bool StatusAccess::allows(const ServerRequest& request) const {
    if (!contains(trusted_proxies, request.peer_address) || request.header("x-forwarded-for").empty()) {
        return contains(allowed_hosts, request.peer_address);
    }
    // The last address is the one that our proxy saw itself; those before it are hearsay.
    const std::string_view forwarded = request.header("x-forwarded-for");
    const auto comma = forwarded.rfind(',');
    return contains(allowed_hosts,
                    trimmed(forwarded.substr(comma == std::string_view::npos ? 0 : comma + 1)));
}

RequestHandler make_status_routes(std::function<Report()> report, std::function<StatusAccess()> access) {
    return [report = std::move(report),
            access = std::move(access)](ServerRequest request) -> Task<ServerAnswer> {
        if (request.path == "/health") co_return plain(200, "alive\n");
        if (request.path != "/status") co_return plain(404, "not found\n");
        if (request.method != "GET" && request.method != "HEAD") co_return plain(405, "only GET\n");
        if (!access().allows(request)) co_return plain(403, "not one of status.allowed_hosts\n");
        const bool as_json = request.header("accept").find("application/json") != std::string_view::npos;
        co_return status_answer(report(), as_json);
    };
}

}  // namespace postrider
