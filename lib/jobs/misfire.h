#pragma once

#include "lib/jobs/job_schedule.h"

#include <chrono>
#include <optional>

namespace postrider {

/// What becomes of runs whose time passed while they could not start: no daemon lived, the job was running
/// still, its queue was.
enum class Misfire {
    skip,      ///< they are left out; what is at most `late_max` past its time is not one of them
    once,      ///< one run, at once, for all of them
    catch_up,  ///< each of them, one after the other; but none that is older than `catch_up_max`
};

constexpr std::chrono::minutes late_max{1};
constexpr std::chrono::hours catch_up_max{24 * 30};

/// What to do about a job at a moment.
struct RunPlan {
    std::optional<TimePoint> run;   ///< start one now, for this time of its schedule
    std::optional<TimePoint> next;  ///< and the time after it; nothing: there is none
};

/// For a job whose next time is `due`, which is not in the future. Pure.
RunPlan plan_run(const JobSchedule& schedule, TimePoint due, TimePoint now, Misfire misfire);

}  // namespace postrider
