#include "lib/health/report.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace postrider {

namespace {

/// Without what would break a line apart.
std::string in_one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c == '|' || c < 0x20 || c == 0x7f; }, ' ');
    return text;
}

/// A label in quotes may hold neither `'` nor `=`.
std::string in_quotes(std::string label) {
    std::replace_if(
        label.begin(), label.end(), [](char c) { return c == '\'' || c == '='; }, '_');
    return "'" + in_one_line(std::move(label)) + "'";
}

std::string to_text(const Measure& measure) {
    if (!std::isfinite(measure.value))
        return fmt::format("{}=U", in_quotes(full_label(measure)));  // "undetermined"
    return fmt::format("{}={:.15g}{};{};{};0", in_quotes(full_label(measure)), measure.value, measure.unit,
                       measure.warning, measure.critical);
}

}  // namespace

Health Report::health() const {
    Health worst = Health::ok;
    for (const Check& check : checks) worst = worse_of(worst, check.health);
    return worst;
}

std::string to_nagios(const Report& report) {
    std::string summary;
    std::string measures;
    std::string lines;
    for (const Check& check : report.checks) {
        const std::string name = in_one_line(check.name);
        const std::string text = in_one_line(check.text);
        if (check.health != Health::ok)
            summary += fmt::format("{}{}: {}", summary.empty() ? "" : "; ", name, text);
        for (const Measure& measure : check.measures) measures += " " + to_text(measure);
        lines += fmt::format("{} {}: {}\n", to_string(check.health), name, text);
    }
    if (summary.empty()) summary = "all is well";
    return fmt::format("POSTRIDER {} - {} |{}\n{}", to_string(report.health()), summary, measures, lines);
}

boost::json::object to_json(const Report& report) {
    boost::json::array checks;
    for (const Check& check : report.checks) {
        boost::json::object measures;
        for (const Measure& measure : check.measures) {
            // JSON has no NaN.
            measures[full_label(measure)] =
                std::isfinite(measure.value) ? boost::json::value(measure.value) : boost::json::value();
        }
        boost::json::object entry;
        entry["name"] = check.name;
        entry["status"] = std::string(to_string(check.health));
        entry["text"] = check.text;
        entry["messages"] = boost::json::array(check.messages.begin(), check.messages.end());
        entry["measures"] = std::move(measures);
        checks.push_back(std::move(entry));
    }
    boost::json::object document;
    document["status"] = std::string(to_string(report.health()));
    document["checks"] = std::move(checks);
    return document;
}

}  // namespace postrider
