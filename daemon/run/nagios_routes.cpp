#include "daemon/run/nagios_routes.h"

#include "lib/async/deadline.h"
#include "lib/health/host_figures.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace postrider {

namespace {

namespace json = boost::json;

constexpr std::string_view prefix = "/nagios/";
constexpr std::string_view suffix = ".json";
constexpr std::string_view site_tasks_path = "/quicksilver/status";
constexpr std::chrono::seconds cpu_sample{1};
// The package's, where a site has set no others.
constexpr double cpu_warning = 80;
constexpr double cpu_critical = 95;

ServerAnswer plain(int status, std::string body) {
    ServerAnswer answer;
    answer.status = status;
    answer.body = std::move(body);
    return answer;
}

ServerAnswer json_answer(const json::object& body) {
    ServerAnswer answer;
    answer.content_type = "application/json";
    answer.headers = {{"Cache-Control", "no-store"}};
    answer.body = json::serialize(body) + "\n";
    return answer;
}

std::optional<CpuTimes> cpu_times_now() {
    std::ifstream stat("/proc/stat");
    return parse_cpu_times(std::string(std::istreambuf_iterator<char>(stat), {}));
}

Task<ServerAnswer> cpu_load() {
    const auto before = cpu_times_now();
    co_await sleep_for(cpu_sample);
    const auto after = cpu_times_now();
    if (!before || !after) co_return plain(500, "/proc/stat cannot be read\n");
    const double busy = busy_percent(*before, *after);
    const char* status = busy >= cpu_critical ? "critical" : busy >= cpu_warning ? "warning" : "normal";
    co_return json_answer({{"cpu_percentage", busy}, {"cpu_status", status}});
}

json::array names(const std::vector<std::string>& list) {
    json::array array;
    for (const std::string& each : list) array.emplace_back(each);
    return array;
}

json::object other_issues(const SiteMonitoring& site, const Report& report) {
    json::array issues;
    if (site.unhandled_errors > 0)
        issues.emplace_back(
            fmt::format("simple_messaging: Unhandled errored messages: {}", site.unhandled_errors));
    for (const Check& check : report.checks) {
        if (check.health == Health::ok) continue;
        issues.emplace_back(fmt::format("postrider: {}: {}", check.name, check.text));
    }
    return {{"issues", std::move(issues)}};
}

}  // namespace

NagiosRoutes::NagiosRoutes(NagiosSources sources) : sources_(std::move(sources)), host_(1) {}

bool NagiosRoutes::concerns(const ServerRequest& request) {
    if (request.path == site_tasks_path) return true;
    return request.path.starts_with(prefix) && request.path.ends_with(suffix) &&
           request.path.size() > prefix.size() + suffix.size();
}

Task<ServerAnswer> NagiosRoutes::answer(ServerRequest request) {
    ServerAnswer answer;
    if (request.method != "GET" && request.method != "HEAD") {
        answer = plain(405, "only GET\n");
        answer.refused = true;
    } else if (!sources_.access().allows(request)) {
        answer = plain(403, "not one of status.allowed_hosts\n");
        answer.refused = true;
    } else if (request.path == site_tasks_path) {
        answer = co_await site_tasks();
    } else {
        const std::size_t length = request.path.size() - prefix.size() - suffix.size();
        answer = co_await page(request.path.substr(prefix.size(), length));
    }
    co_return answer;
}

Task<ServerAnswer> NagiosRoutes::site_tasks() {
    json::object body;
    bool answered = false;
    try {
        body = co_await sources_.site_tasks();
        answered = true;
    } catch (const std::exception&) {
        // The status says what is the matter with the database.
    }
    if (!answered) co_return plain(503, "the database does not answer\n");
    co_return json_answer(body);
}

Task<ServerAnswer> NagiosRoutes::page(std::string name) {
    if (name == "cpu-load") co_return co_await cpu_load();
    if (name == "disk-usage") {
        const auto look = [] { return disk_usage(); };
        json::object devices;
        for (const auto& [device, percent] : co_await host_.run(look)) devices[device] = percent;
        co_return json_answer(devices);
    }
    if (name == "total-processes" || name == "zombie-processes" || name == "current-users") {
        const auto look = [name] {
            if (name == "current-users") return count_users();
            const ProcessCounts counts = count_processes();
            return name == "total-processes" ? counts.all : counts.zombies;
        };
        const int count = co_await host_.run(look);
        co_return json_answer({{"count", count}});
    }
    if (name != "background-jobs" && name != "other-issues") {
        ServerAnswer unknown = plain(404, "not found\n");
        unknown.refused = true;
        co_return unknown;
    }
    std::optional<SiteMonitoring> site;
    try {
        site = co_await sources_.site();
    } catch (const std::exception&) {
        // The report says what is the matter with the database; nothing is known of the site's tables.
    }
    if (name == "other-issues")
        co_return json_answer(other_issues(site.value_or(SiteMonitoring()), sources_.report()));
    if (!site) co_return plain(503, "the database does not answer\n");
    co_return json_answer({{"errors", names(site->late_errors)}, {"warnings", names(site->late_warnings)}});
}

}  // namespace postrider
