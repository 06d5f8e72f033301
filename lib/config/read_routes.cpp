#include "lib/config/sections.h"
#include "lib/config/wording.h"
#include "lib/text/pattern.h"

#include <algorithm>

namespace postrider {
namespace {

std::optional<std::string> read_pattern(SettingsReader& match, std::string_view key) {
    if (!match.has(key)) return std::nullopt;
    std::string pattern = match.required_text(key);
    // Without the pattern itself: it may hold somebody's number.
    if (const auto compiled = Pattern::compile(pattern); !compiled) {
        match.problem(key, "is not a pattern (in RE2's syntax): it has " + compiled.error().what);
    }
    return pattern;
}

void read_match(SettingsReader& rule, Route& route) {
    if (!rule.has("match")) {
        rule.problem("match", "is required: { destination: PATTERN, message: PATTERN }, or one of them");
        return;
    }
    const std::size_t problems = rule.problem_count();
    SettingsReader match = rule.child("match");
    route.destination = read_pattern(match, "destination");
    route.message = read_pattern(match, "message");
    if (!route.destination && !route.message && rule.problem_count() == problems) {
        rule.problem("match", "must have destination, message, or both");
    }
}

void read_way(SettingsReader& rule, Route& route, const std::vector<ChannelConfig>& channels,
              bool switchboard) {
    const bool leave = rule.flag("leave", false);
    if (!rule.has("channel")) {
        if (!rule.has("leave")) {
            rule.problem("channel", "is required (or leave: true)");
        } else if (!leave) {
            rule.problem("leave", "must be true, or channel must be there");
        }
        return;
    }
    const std::string name = rule.required_text("channel");
    if (leave) rule.problem("leave", "and channel exclude each other");
    std::vector<std::string> names;
    for (const ChannelConfig& each : channels) names.push_back(each.channel.name);
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    if (known || name.empty()) {
    } else if (switchboard) {
        rule.warning("channel", not_one_of(name, "channel", names) +
                                    "; if the site's switchboard has none of that name, its messages wait");
    } else {
        rule.problem("channel", not_one_of(name, "channel", names));
    }
    route.channel = name;
}

}  // namespace

std::vector<Route> read_routes(SettingsReader& file, const std::vector<ChannelConfig>& channels,
                               bool switchboard) {
    std::vector<Route> routes;
    for (SettingsReader& rule : file.children("routes")) {
        Route& route = routes.emplace_back();
        read_match(rule, route);
        read_way(rule, route, channels, switchboard);
    }
    return routes;
}

}  // namespace postrider
