#include "lib/dispatch/routing.h"

#include "lib/health/status_messages.h"

#include <stdexcept>

namespace postrider {

namespace {

std::optional<Pattern> compiled(const std::optional<std::string>& pattern) {
    if (!pattern) return std::nullopt;
    auto result = Pattern::compile(*pattern);
    if (!result) throw std::invalid_argument("a route's pattern has " + result.error().what);
    return std::move(*result);
}

bool matches(const std::optional<Pattern>& pattern, std::optional<std::string_view> value) {
    return !pattern || (value && pattern->found_in(*value));
}

}  // namespace

Routing::Routing(const std::vector<Route>& routes) {
    for (const Route& route : routes) {
        const std::string number = std::to_string(rules_.size() + 1);
        rules_.push_back({compiled(route.destination), compiled(route.message), route.channel.value_or(""),
                          words<status::left_by_route>(number)});
    }
    // Dialog scripts are the site's own to start.
    rules_.push_back({std::nullopt, compiled("^dialog:"), "", words<status::left_dialog>()});
}

const Routing::Rule* Routing::first_match(std::optional<std::string_view> destination,
                                          std::optional<std::string_view> text) const {
    for (const Rule& rule : rules_) {
        if (matches(rule.destination, destination) && matches(rule.message, text)) return &rule;
    }
    return nullptr;
}

}  // namespace postrider
