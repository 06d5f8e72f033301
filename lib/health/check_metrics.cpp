#include "lib/health/check_metrics.h"

#include <algorithm>
#include <map>

namespace postrider {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// What a name may hold (Prometheus, "Metric names and labels").
std::string plain_name(std::string_view text) {
    std::string name(text);
    std::replace_if(
        name.begin(), name.end(),
        [](char c) { return !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'); },
        '_');
    return name;
}

/// Where a number stands: by its unit, and, of a channel's, with the channel as a label.
struct Place {
    std::string name;
    MetricType type = MetricType::Gauge;
    std::vector<ClientMetric::Label> labels;
};

Place place_of(const Check& check, const Measure& measure) {
    Place place;
    std::string_view label = measure.label;
    place.name = "postrider_";
    // Of `channel sms` the number `sms_due` is one of several like it.
    const std::size_t space = check.name.find(' ');
    const std::string channel = space == std::string::npos ? "" : check.name.substr(space + 1);
    if (!channel.empty() && label.starts_with(channel + "_")) {
        label.remove_prefix(channel.size() + 1);
        place.labels.push_back({"channel", channel});
        place.name += plain_name(check.name.substr(0, space)) + "_";
    }
    place.name += plain_name(label);
    if (!measure.age.empty()) {
        place.name += "_by_age";
        place.labels.push_back({"age", measure.age});
    }
    if (measure.unit == "s") place.name += "_seconds";
    if (measure.unit == "B") place.name += "_bytes";
    if (measure.unit == "c") {
        place.name += "_total";
        place.type = MetricType::Counter;
    }
    return place;
}

}  // namespace

std::vector<MetricFamily> metrics_of(const Report& report) {
    MetricFamily healths{"postrider_check_health",
                         "How a check of the status is: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN",
                         MetricType::Gauge,
                         {}};
    std::map<std::string, MetricFamily> numbers;
    for (const Check& check : report.checks) {
        ClientMetric health;
        health.label.push_back({"check", check.name});
        health.gauge.value = static_cast<double>(check.health);
        healths.metric.push_back(std::move(health));
        for (const Measure& measure : check.measures) {
            Place place = place_of(check, measure);
            MetricFamily& family = numbers[place.name];
            family.name = place.name;
            family.type = place.type;
            family.help = "As the status shows it";
            ClientMetric number;
            number.label = std::move(place.labels);
            (place.type == MetricType::Counter ? number.counter.value : number.gauge.value) = measure.value;
            family.metric.push_back(std::move(number));
        }
    }
    std::vector<MetricFamily> all{std::move(healths)};
    for (auto& [name, family] : numbers) all.push_back(std::move(family));
    return all;
}

}  // namespace postrider
