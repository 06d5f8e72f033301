#include "lib/health/alert_text.h"

#include "lib/schedule/iso_time.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace postrider {

namespace {

namespace json = boost::json;

std::string names(const std::vector<Check>& checks) {
    std::string list;
    for (const Check& each : checks) list += (list.empty() ? "" : ", ") + each.name;
    return list;
}

void append_lines(std::string& text, const char* heading, const std::vector<Check>& checks) {
    if (checks.empty()) return;
    text += fmt::format("{}{}\n", text.empty() ? "" : "\n", heading);
    for (const Check& each : checks)
        text += fmt::format("{} {}: {}\n", to_string(each.health), each.name, each.text);
}

json::array as_json(const std::vector<Check>& checks) {
    json::array list;
    for (const Check& each : checks)
        list.push_back(
            json::object{{"check", each.name}, {"health", to_string(each.health)}, {"text", each.text}});
    return list;
}

std::vector<Check> bad_ones(const Alert& alert) {
    std::vector<Check> bad = alert.begun;
    bad.insert(bad.end(), alert.lasting.begin(), alert.lasting.end());
    return bad;
}

}  // namespace

std::string alert_subject(const Alert& alert, const std::string& host) {
    const std::vector<Check> bad = bad_ones(alert);
    if (bad.empty()) return fmt::format("[Postrider {}] OK again: {}", host, names(alert.ended));
    bool critical = false;
    for (const Check& each : bad) critical = critical || each.health == Health::critical;
    return fmt::format("[Postrider {}] {}: {}", host,
                       to_string(critical ? Health::critical : Health::warning), names(bad));
}

std::string alert_text(const Alert& alert, const std::string& host) {
    std::string text;
    append_lines(text, "What is wrong now:", alert.begun);
    append_lines(text, "What is still wrong:", alert.lasting);
    append_lines(text, "What is well again:", alert.ended);
    return text +
           fmt::format("\nThis is Postrider on {}. `postrider check` has all that is checked.\n", host);
}

std::string alert_json(const Alert& alert, const std::string& host, TimePoint now) {
    return json::serialize(json::object{{"type", "status.alert"},
                                        {"timestamp", to_iso_time(now)},
                                        {"data", json::object{{"host", host},
                                                              {"begun", as_json(alert.begun)},
                                                              {"lasting", as_json(alert.lasting)},
                                                              {"ended", as_json(alert.ended)}}}});
}

}  // namespace postrider
