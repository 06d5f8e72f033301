#include "lib/quicksilver/task_rules.h"
#include "tests/fuzz/fuzz_target.h"

namespace postrider::testing {
namespace {

/// What a site's task prints, and the arguments in its row.
POSTRIDER_FUZZ(site_task) {
    SiteTask task;
    task.command = "nudge";
    task.queue = "default";
    task.arguments = std::string(bytes);
    must_hold(text_of(task).starts_with("nudge[default] "), "its text begins with what it is");
    SiteTaskSettings settings;
    settings.manage = {"manage.py"};
    const auto command = std::get<CommandJob>(job_of(task, settings, ContextForm::flag).work).command;
    for (std::size_t i = 2; i + 3 < command.size(); ++i)
        must_hold(!command[i].empty() && command[i].find_first_of(" \t\r\n\f\v") == std::string::npos,
                  "arguments are split at white space");
    RunResult result;
    result.output = result.errors = std::string(bytes);
    for (const RunStatus status : {RunStatus::success, RunStatus::error, RunStatus::killed}) {
        result.status = status;
        const SiteTaskEnd end = end_of(task, result);
        must_hold(!std::holds_alternative<TimePoint>(end.next_run) || end.says_next_run,
                  "a next run is taken from a line for the runner only");
    }
    site_slug(std::string(bytes));
}

}  // namespace
}  // namespace postrider::testing
