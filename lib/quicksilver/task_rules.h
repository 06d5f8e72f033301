#pragma once

#include "lib/jobs/job.h"
#include "lib/quicksilver/site_task.h"

#include <optional>
#include <string>
#include <variant>

namespace postrider {

/// How the site's manage.py takes `--qs-context`: the package's own declaration wants a value behind it, others
/// want none.
enum class ContextForm { flag, value };

/// The run of a task, for a runner of commands: `manage COMMAND ARGUMENTS --qs-context --qs-next-interval N`.
JobDefinition job_of(const SiteTask& task, const SiteTaskSettings& settings, ContextForm form);

/// Whether the site's parser of arguments has refused the flag for lack of a value: the command has not begun.
bool wants_context_value(const RunResult& result);

/// What is written of a run that has ended, by the rules of the package's runner.
struct SiteTaskEnd {
    struct Unchanged {};
    struct AfterInterval {};  ///< its repeat_interval, from now
    std::string status;       ///< `success`, `error`, `killed`
    std::optional<std::string> output;
    std::variant<Unchanged, AfterInterval, TimePoint> next_run;
    bool says_next_run = false;  ///< its last line was one for the runner
};
SiteTaskEnd end_of(const SiteTask& task, const RunResult& result);

/// What the runs of a task that have ended took, in seconds.
struct RunTimes {
    long long count = 0;
    double mean = 0;
    double deviation = 0;  ///< of the population
};
/// What takes longer than that is out of the ordinary: mean and two deviations; nothing with 5 runs or fewer.
std::optional<double> outlier_threshold(const RunTimes& times);

/// What is known of a task and its executions.
struct SiteTaskView {
    SiteTask task;
    std::optional<TimePoint> postpone_alert_until;
    RunTimes times;
    long long executions = 0;             ///< ended or not
    std::optional<TimePoint> open_since;  ///< the first that has not ended
    bool ongoing = false;
    std::optional<TimePoint> last_end;
    std::string last_status;  ///< of the last that has ended
};

/// Whether another task of its queue is running.
bool is_busy(const std::vector<SiteTaskView>& views, const SiteTask& task);

enum class TaskAlert { none, exceeds_its_time, overdue };
/// When the package alerts its admins. `queue_busy`: another task of its queue is running.
TaskAlert should_alert(const SiteTaskView& view, bool queue_busy, TimePoint now);

}  // namespace postrider
