#include "daemon/commands/time_bound.h"

#include "daemon/commands/moment.h"
#include "lib/jobs/job_schedule.h"
#include "lib/jobs/time_zone.h"

#include <fmt/format.h>

#include <iostream>
#include <string_view>

namespace postrider {

namespace {

constexpr std::size_t date_size = std::string_view("2026-01-31").size();

}  // namespace

std::optional<TimePoint> parse_time_bound(const std::string& text, BoundSide side, const std::string& zone) {
    if (const auto moment = moment_ago(text)) return moment;
    const TimeZone rules = TimeZone::find(zone).value_or(TimeZone());
    if (text.size() != date_size) return parse_wall_time(text, rules);
    const auto start = parse_wall_time(text + "T00:00", rules);
    if (!start || side == BoundSide::first) return start;
    const auto noon = parse_wall_time(text + "T12:00", rules);
    const auto next_day =
        rules.wall_at(std::chrono::floor<std::chrono::seconds>(*noon) + std::chrono::hours{24});
    const auto midnight = std::chrono::floor<std::chrono::days>(next_day);
    return TimePoint(rules.first_moment(midnight)) - TimePoint::duration{1};
}

bool read_time_bounds(const std::string& command, const std::string& from, const std::string& to,
                      const std::string& zone, std::optional<TimePoint>& first,
                      std::optional<TimePoint>& last) {
    const auto read = [&](const std::string& text, BoundSide side, const char* option,
                          std::optional<TimePoint>& bound) {
        if (text.empty()) return true;
        bound = parse_time_bound(text, side, zone);
        if (!bound)
            std::cerr << fmt::format(
                "postrider {}: {} is not a date or time such as 2026-01-31, 2026-01-31T09:00 or "
                "2026-01-31T09:00-06:00, nor a duration such as 26h\n",
                command, option);
        return bound.has_value();
    };
    if (!read(from, BoundSide::first, "--from", first) || !read(to, BoundSide::last, "--to", last))
        return false;
    if (!first || !last || *first <= *last) return true;
    std::cerr << fmt::format("postrider {}: --from is after --to\n", command);
    return false;
}

}  // namespace postrider
