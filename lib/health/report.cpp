#include "lib/health/report.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace postrider {

namespace {

/// What would break the first line apart.
std::string in_one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '|' || c == '\n' || c == '\r'; }, ' ');
    return text;
}

std::string to_text(const Measure& measure) {
    return fmt::format("'{}'={:.6g}{};{};{};0", in_one_line(measure.label), measure.value, measure.unit,
                       measure.warning, measure.critical);
}

/// `unknown` is worse than a warning, and better than what is known to be critical.
int severity(Health health) {
    switch (health) {
        case Health::ok: return 0;
        case Health::warning: return 1;
        case Health::unknown: return 2;
        case Health::critical: return 3;
    }
    return 3;
}

}  // namespace

Health Report::health() const {
    Health worst = Health::ok;
    for (const Check& check : checks) {
        if (severity(check.health) > severity(worst)) worst = check.health;
    }
    return worst;
}

std::string to_nagios(const Report& report) {
    std::string summary;
    std::string measures;
    std::string lines;
    for (const Check& check : report.checks) {
        const std::string text = in_one_line(check.text);
        if (check.health != Health::ok)
            summary += fmt::format("{}{}: {}", summary.empty() ? "" : "; ", check.name, text);
        for (const Measure& measure : check.measures) measures += " " + to_text(measure);
        lines += fmt::format("{} {}: {}\n", to_string(check.health), check.name, text);
    }
    if (summary.empty()) summary = "all is well";
    return fmt::format("POSTRIDER {} - {} |{}\n{}", to_string(report.health()), summary, measures, lines);
}

boost::json::object to_json(const Report& report) {
    boost::json::array checks;
    for (const Check& check : report.checks) {
        boost::json::object measures;
        for (const Measure& measure : check.measures) measures[measure.label] = measure.value;
        boost::json::object entry;
        entry["name"] = check.name;
        entry["status"] = std::string(to_string(check.health));
        entry["text"] = check.text;
        entry["measures"] = std::move(measures);
        checks.push_back(std::move(entry));
    }
    boost::json::object document;
    document["status"] = std::string(to_string(report.health()));
    document["checks"] = std::move(checks);
    return document;
}

}  // namespace postrider
