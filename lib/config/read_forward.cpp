#include "lib/config/sections.h"
#include "lib/config/webhook_endpoint.h"
#include "lib/config/wording.h"
#include "lib/inbound/forward_store.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <set>

namespace postrider {
namespace {

using namespace std::chrono_literals;

/// What an endpoint is called that has no name of its own.
std::string host_of(const std::string& url) {
    const auto parsed = boost::urls::parse_uri(url);
    return parsed ? std::string(parsed->host()) : std::string();
}

void read_events(SettingsReader& section, ForwardEndpoint& endpoint) {
    if (!section.has("events")) return;
    endpoint.received = endpoint.reports = false;
    for (const std::string& event : section.texts("events", {})) {
        if (event == event_received) {
            endpoint.received = true;
        } else if (event == event_report) {
            endpoint.reports = true;
        } else {
            section.problem("events", shown(event) + " is not one of message.received, message.report");
        }
    }
}

ForwardEndpoint read_endpoint(SettingsReader& section) {
    ForwardEndpoint endpoint;
    endpoint.to = read_webhook_endpoint(section);
    endpoint.name = section.text("name", host_of(endpoint.to.url));
    read_events(section, endpoint);
    endpoint.reply_within = section.duration("reply_within", endpoint.reply_within, 100ms, 8s);
    if (endpoint.reply_within > 0ms && !endpoint.received)
        section.problem("reply_within", "replies are to message.received, and its events do not have that");
    endpoint.waits_for_media = section.flag("wait_for_media", endpoint.waits_for_media);
    endpoint.concurrency = section.number("concurrency", static_cast<unsigned>(endpoint.concurrency), 1, 256);
    endpoint.timeout = section.duration("timeout", endpoint.timeout, 1s, 30s);
    endpoint.retry_first = section.duration("retry_first", endpoint.retry_first, 100ms, 1h);
    endpoint.expire_after =
        section.duration("expire_after", endpoint.expire_after, 1s, std::chrono::hours{24 * 30});
    return endpoint;
}

}  // namespace

std::vector<ForwardEndpoint> read_forward(SettingsReader& file) {
    std::vector<ForwardEndpoint> endpoints;
    std::set<std::string> names;
    std::string replies;  // who
    for (SettingsReader& section : file.children("forward")) {
        ForwardEndpoint endpoint = read_endpoint(section);
        if (!names.insert(endpoint.name).second)
            section.problem(
                section.has("name") ? "name" : "url",
                shown(endpoint.name) + " is the name of another endpoint: give each one of its own");
        if (endpoint.reply_within > 0ms && !replies.empty())
            section.problem("reply_within", shown(replies) + " replies already: only one endpoint may");
        if (endpoint.reply_within > 0ms) replies = endpoint.name;
        endpoints.push_back(std::move(endpoint));
    }
    return endpoints;
}

}  // namespace postrider
