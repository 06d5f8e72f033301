#include "lib/jobs/misfire.h"

#include <algorithm>

namespace postrider {

namespace {

/// Of those at most `late_max` past, the latest.
RunPlan skip_what_is_late(const JobSchedule& schedule, TimePoint due, TimePoint now) {
    std::optional<TimePoint> run;
    std::optional<TimePoint> next = due;
    // What is just late enough to be skipped; an interval keeps its grid.
    if (due < now - late_max) next = schedule.next_after(due, now - late_max - std::chrono::microseconds{1});
    while (next && *next <= now) {
        run = next;
        const auto following = schedule.next(*next);
        // An interval of milliseconds has thousands of them.
        next = following && *following <= now ? schedule.next_after(*next, now) : following;
    }
    return {run, next};
}

}  // namespace

RunPlan plan_run(const JobSchedule& schedule, TimePoint due, TimePoint now, Misfire misfire) {
    switch (misfire) {
        case Misfire::skip: return skip_what_is_late(schedule, due, now);
        case Misfire::once: return {due, schedule.next_after(due, now)};
        case Misfire::catch_up: break;
    }
    const TimePoint oldest = now - catch_up_max;
    std::optional<TimePoint> run = due;
    if (due < oldest) run = schedule.next_after(due, oldest - std::chrono::microseconds{1});
    if (!run || *run > now) return {std::nullopt, run};
    return {run, schedule.next(*run)};
}

}  // namespace postrider
