#include "lib/jobs/job_schedule.h"

#include "lib/schedule/iso_time.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider {

namespace {

using std::chrono::floor;
using std::chrono::minutes;
using std::chrono::seconds;

std::string interval_text(std::chrono::milliseconds interval) {
    const auto count = interval.count();
    if (count % 3600000 == 0) return fmt::format("{}h", count / 3600000);
    if (count % 60000 == 0) return fmt::format("{}m", count / 60000);
    if (count % 1000 == 0) return fmt::format("{}s", count / 1000);
    return fmt::format("{}ms", count);
}

CronExpression::Wall minute_after(TimeZone::Wall wall) { return floor<minutes>(wall) + minutes{1}; }

}  // namespace

JobSchedule JobSchedule::every(std::chrono::milliseconds interval) {
    return {Times(interval), "every " + interval_text(interval)};
}

JobSchedule JobSchedule::cron(const CronExpression& expression, const TimeZone& zone, std::string_view text,
                              std::string_view zone_name) {
    return {Times(Cron{expression, zone}), fmt::format("cron {} ({})", text, zone_name)};
}

JobSchedule JobSchedule::at(TimePoint moment) { return {Times(moment), "at " + to_iso_time(moment)}; }

std::optional<TimePoint> JobSchedule::first(TimePoint now) const {
    if (std::holds_alternative<std::chrono::milliseconds>(times_)) return now;
    if (const auto* cron = std::get_if<Cron>(&times_)) return cron->next(now);
    return std::get<TimePoint>(times_);
}

std::optional<TimePoint> JobSchedule::next(TimePoint time) const {
    if (const auto* interval = std::get_if<std::chrono::milliseconds>(&times_)) return time + *interval;
    if (const auto* cron = std::get_if<Cron>(&times_)) return cron->next(time);
    const TimePoint moment = std::get<TimePoint>(times_);
    return moment > time ? std::optional(moment) : std::nullopt;
}

std::optional<TimePoint> JobSchedule::next_after(TimePoint time, TimePoint now) const {
    const auto* interval = std::get_if<std::chrono::milliseconds>(&times_);
    if (interval == nullptr || time > now) return next(std::max(time, now));
    const auto steps = (now - time) / std::chrono::microseconds(*interval) + 1;
    return time + *interval * steps;
}

std::optional<TimePoint> JobSchedule::Cron::next(TimePoint time) const {
    const auto whole = floor<seconds>(time);
    return expression.is_fixed() ? next_fixed(whole) : next_shown(whole);
}

/// By `first_moment`, which never goes back from one wall time to a later one; so neither does this.
std::optional<TimePoint> JobSchedule::Cron::next_fixed(TimeZone::Moment time) const {
    auto wall = expression.next(minute_after(zone.wall_at(time)));
    for (; wall; wall = expression.next(*wall + minutes{1})) {
        const TimeZone::Moment moment = zone.first_moment(*wall);
        if (moment > time) return moment;  // not so: in the hour that has come a second time
    }
    return std::nullopt;
}

/// Span by span of one distance to UTC, in each of which clocks show each time once.
std::optional<TimePoint> JobSchedule::Cron::next_shown(TimeZone::Moment time) const {
    TimeZone::Span span = zone.span_at(time);
    auto from = minute_after(TimeZone::Wall((time + span.offset).time_since_epoch()));
    for (;;) {
        const auto wall = expression.next(from);
        if (!wall) return std::nullopt;
        const TimeZone::Moment moment(seconds(wall->time_since_epoch()) - span.offset);
        if (moment < span.end) return moment;
        const TimeZone::Moment begin = span.end;
        span = zone.span_at(begin);
        from = std::chrono::ceil<minutes>(TimeZone::Wall((begin + span.offset).time_since_epoch()));
    }
}

std::optional<TimePoint> parse_wall_time(std::string_view text, const TimeZone& zone) {
    const auto as_utc = parse_iso_time(text);
    if (!as_utc) return std::nullopt;
    // Behind the date, only a distance to UTC has one of these.
    const bool has_offset = text.size() > 10 && text.find_first_of("Zz+-", 10) != std::string_view::npos;
    if (has_offset) return as_utc;
    const auto whole = floor<seconds>(*as_utc);
    return zone.first_moment(TimeZone::Wall(whole.time_since_epoch())) + (*as_utc - whole);
}

}  // namespace postrider
