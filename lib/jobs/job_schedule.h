#pragma once

#include "lib/async/clock.h"
#include "lib/jobs/cron_expression.h"
#include "lib/jobs/time_zone.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace postrider {

/// When a job runs: at intervals, at the minutes of a calendar in a time zone, or once.
///
/// Where clocks are put forward, what was to run in the hour that is left out runs once, right after it; where
/// they are put back, what runs in the hour that comes twice runs the first time. Both hold for expressions
/// that name times of day; one whose minute or hour begins with `*` simply runs whenever the clock shows such
/// a minute: in neither of the minutes left out, and twice in those that come twice.
class JobSchedule {
public:
    static JobSchedule every(std::chrono::milliseconds interval);
    /// `text` and `zone_name` are for `text()`.
    static JobSchedule cron(const CronExpression& expression, const TimeZone& zone, std::string_view text,
                            std::string_view zone_name);
    static JobSchedule at(TimePoint moment);

    /// The first time of one that is new at `now`: at once for an interval. nullopt if it has none.
    std::optional<TimePoint> first(TimePoint now) const;
    /// The first time after `time`, which is one of its own times if it is an interval.
    std::optional<TimePoint> next(TimePoint time) const;
    /// The same for `time` (one of its own) and what lies far behind it: the first after `now`, not walking
    /// over all between.
    std::optional<TimePoint> next_after(TimePoint time, TimePoint now) const;

    /// `every 10s`, `cron 0 3 * * * (America/Chicago)`, `at 2026-12-01T09:00:00.000000Z`: equal for equal
    /// schedules, and for people.
    const std::string& text() const { return text_; }

private:
    struct Cron {
        CronExpression expression;
        TimeZone zone;

        std::optional<TimePoint> next(TimePoint time) const;
        std::optional<TimePoint> next_fixed(TimeZone::Moment time) const;
        std::optional<TimePoint> next_shown(TimeZone::Moment time) const;
    };
    using Times = std::variant<std::chrono::milliseconds, Cron, TimePoint>;

    JobSchedule(Times times, std::string text) : times_(std::move(times)), text_(std::move(text)) {}

    Times times_;
    std::string text_;
};

/// The moment that a text such as `2026-12-01T03:00` means: by the clocks of `zone`, unless it says its
/// distance to UTC. nullopt for what is none.
std::optional<TimePoint> parse_wall_time(std::string_view text, const TimeZone& zone);

}  // namespace postrider
