#pragma once

#include "lib/async/wakeup.h"
#include "lib/health/check.h"
#include "lib/jobs/job_runner.h"
#include "lib/jobs/run_group.h"
#include "lib/quicksilver/site_task_store.h"
#include "lib/schedule/random.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace postrider {

/// What the scheduler works with; all of it outlives it.
struct SiteTaskSchedulerParts {
    Executor executor;
    Clock& clock;
    Random& random;
    SiteTaskStore& store;
    JobRunner& runner;
    TaskLocks& locks;
};

/// Runs a site's tasks as its own runner would: of each queue one at a time, over all daemons, the one that has waited
/// longest first; at the moment that each is due.
class SiteTaskScheduler {
public:
    explicit SiteTaskScheduler(SiteTaskSchedulerParts parts);

    /// From now on it is so; nothing: no task starts. Runs under way go on as they began.
    void set_settings(std::optional<SiteTaskSettings> settings);

    /// Starts what is due until cancelled; runs then go on until `stop`.
    Task<> run();
    /// Once `run` has ended: lets runs end within `grace`, then ends them, and comes back when all are recorded, or
    /// cannot be. By this machine's clock.
    Task<> stop(std::chrono::milliseconds grace) { return runs_.stop(grace); }
    /// Ends runs now, while `stop` waits for them.
    void cut_short() { runs_.end_all(RunControl::Cause::stopping); }

    /// Nothing where no site's tasks are configured.
    std::optional<Check> check() const;

private:
    struct Run : RunControl {
        Run(const Executor& executor, SiteTask what, SiteTaskSettings how)
            : RunControl(executor), task(std::move(what)), settings(std::move(how)) {}
        SiteTask task;
        SiteTaskSettings settings;
        ExecutionId id = 0;
        std::string key;
        std::vector<std::string> locks;
    };
    using Runs = RunGroup<Run>;
    struct Elsewhere {
        std::string task;
        TimePoint since;
    };

    Task<> turn();
    Task<> look();
    Task<> tend_left();
    Task<> start_due();
    Task<bool> start(WaitingTask waiting);
    Task<> execute(Runs::Place run);
    Task<RunResult> carry_out(Run& run);
    Task<RunResult> call(Run& run);
    Task<bool> clear_locks(SiteTaskSettings settings, long long task, std::string command,
                           std::vector<std::string> before);
    Task<> record(Run& run, RunResult result, bool locks_cleared);
    std::vector<WaitingTask> candidates();

    SiteTaskSchedulerParts parts_;
    std::optional<SiteTaskSettings> settings_;
    SiteTaskLedger ledger_;
    std::vector<SiteTaskView> views_;
    Runs runs_;
    std::set<std::string> wants_value_;  ///< commands that want one behind --qs-context
    // By the task's number.
    std::set<long long> skipped_;                  ///< left alone until the next look
    std::map<long long, Elsewhere> elsewhere_;     ///< somebody else runs them
    std::map<long long, std::string> locked_out_;  ///< came back at once: somebody else had their locks
    std::map<long long, std::string> blocked_;     ///< the locks that they left are still to be removed
    std::set<long long> silent_;                   ///< say nothing of a next run, as was warned of
    TimePoint next_start_ = TimePoint::max();
    TimePoint read_at_{};  ///< when the store is to be read again
    TimePoint view_at_{};  ///< and all of the site's executions
    TimePoint viewed_at_{};
    TimePoint note_at_{};  ///< when the site's monitoring is to be told again
    std::string trouble_;
    std::string note_trouble_;
    Wakeup wakeup_;
};

}  // namespace postrider
