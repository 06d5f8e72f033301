#pragma once

#include "lib/async/wakeup.h"
#include "lib/health/check.h"
#include "lib/jobs/job_runner.h"
#include "lib/jobs/job_store.h"
#include "lib/jobs/run_group.h"
#include "lib/schedule/random.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace postrider {

/// What the scheduler works with; all of it outlives it.
struct JobSchedulerParts {
    Executor executor;
    Clock& clock;
    Random& random;
    JobStore& store;
    JobRunner& runner;
};

/// Starts jobs at their times: of each queue one at a time, and no job twice at once, whichever daemon runs
/// it. What it plans is in the store, so that a restart neither repeats a run nor forgets one.
class JobScheduler {
public:
    explicit JobScheduler(JobSchedulerParts parts);

    /// From now on it is these, whose names differ. Runs under way go on as they began.
    void set_jobs(std::vector<JobDefinition> jobs);
    void set_history(std::chrono::hours history) { history_ = history; }

    /// Starts what is due until cancelled; runs then go on until `stop`.
    Task<> run();
    /// Once `run` has ended: lets runs end within `grace`, then ends them, and comes back when all are
    /// recorded, or cannot be. By this machine's clock.
    Task<> stop(std::chrono::milliseconds grace) { return runs_.stop(grace); }

    /// Ends runs now, while `stop` waits for them.
    void cut_short() { runs_.end_all(RunControl::Cause::stopping); }

    std::size_t running() const { return runs_.size(); }
    /// Nothing where no job is configured.
    std::optional<Check> check() const;

private:
    struct Run : RunControl {
        Run(const Executor& executor, JobDefinition what) : RunControl(executor), job(std::move(what)) {}
        JobDefinition job;
        RunId id = 0;
        std::string key;
        TimePoint started;
    };
    using Runs = RunGroup<Run>;
    /// A job that may start, and from when on.
    struct Candidate {
        TimePoint at;
        const std::string* name = nullptr;
    };

    Task<> turn();
    Task<> enlist();
    Task<> look();
    Task<> end_unconfirmed();
    Task<> start_due();
    Task<bool> start(std::string name);
    Task<> execute(Runs::Place run);
    Task<RunResult> carry_out(Run& run);
    Task<> record(Run& run, RunResult result);
    std::optional<TimePoint> start_time(const JobState& state) const;
    std::vector<Candidate> candidates() const;
    TimePoint next_turn() const;
    std::optional<TimePoint> with_jitter(const JobDefinition& job, std::optional<TimePoint> due);

    JobSchedulerParts parts_;
    std::map<std::string, JobDefinition> jobs_;
    std::map<std::string, JobState> states_;
    std::vector<OpenRun> open_;
    Runs runs_;
    std::chrono::hours history_{24 * 30};
    bool enlisted_ = false;
    bool is_copy_ = false;
    /// Of what can start, and is not due yet.
    TimePoint next_start_ = TimePoint::max();
    TimePoint read_at_{};    ///< when the store is to be read again
    TimePoint forget_at_{};  ///< and when old runs are to be forgotten
    std::string trouble_;
    Wakeup wakeup_;
};

}  // namespace postrider
