#pragma once

#include "lib/jobs/job.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// A job as a daemon brings it to the ledger.
struct EnlistedJob {
    std::string name;
    std::string queue;
    std::string schedule;  ///< its text
    /// For a job that is new there, or had another schedule.
    std::optional<TimePoint> due;
    std::optional<TimePoint> next_run;
};

/// What the ledger knows of a job.
struct JobState {
    std::string name;
    std::optional<TimePoint> due;         ///< its next time by the schedule; nothing: there is none
    std::optional<TimePoint> next_run;    ///< when it starts for that: jitter included
    std::optional<TimePoint> requested;   ///< an operator asked for a run
    std::optional<TimePoint> not_before;  ///< it does not start before this, whatever the rest says
    bool paused = false;
    std::string last_status;  ///< of the last run that has ended; empty: there is none
    std::string last_reason;
};

struct OpenRun {
    RunId id = 0;
    std::string job;
    std::string queue;
    TimePoint started;
    bool ours = false;
};

struct JobLedger {
    std::vector<JobState> jobs;  ///< of those that were asked for
    std::vector<OpenRun> open;   ///< of all daemons
    /// This database is a copy of the one that Postrider was installed on: nothing starts.
    bool is_copy = false;
};

/// What a daemon wants to start, or to leave out.
struct RunClaim {
    std::string job;
    std::string queue;
    std::optional<TimePoint> expected_due;  ///< what the ledger had: else another daemon was there before
    std::optional<TimePoint> due;           ///< what it has from now on
    std::optional<TimePoint> next_run;
    std::optional<TimePoint> scheduled;  ///< the time that the run is for; nothing: an operator asked
    std::string key;                     ///< by which the run's processes are known; a UUID
    bool run = true;                     ///< false: the times that have passed are left out
};

/// A run that another daemon left open when it ended.
struct LostRun {
    RunId id = 0;
    std::string job;
    std::string key;
    bool here = false;  ///< it was a daemon of this host
};

/// Where jobs and their runs are kept, for all daemons. Every call may throw when the store is away. Times
/// are the store's clock's.
class JobStore {
public:
    virtual ~JobStore() = default;

    /// Tells of jobs. What is known of them stays, but for a schedule that has changed.
    virtual Task<> enlist(std::vector<EnlistedJob> jobs) = 0;
    virtual Task<JobLedger> read(std::vector<std::string> names) = 0;
    /// The run's id; nothing if the job is not as expected, if it or another of its queue runs, if it is
    /// paused (and nobody asked), or if this daemon's life is over.
    virtual Task<std::optional<RunId>> claim(RunClaim claim) = 0;
    /// False if the run was not open any more: somebody took this daemon for dead.
    virtual Task<bool> finish(RunId run, RunResult result) = 0;
    /// Ends what daemons that have ended left open. A job whose daemon may run still, on another host, does
    /// not start for a while: until that daemon will have ended it.
    virtual Task<std::vector<LostRun>> interrupt_lost() = 0;
    /// Forgets runs that ended before so long; but of each job the last.
    virtual Task<> forget(std::chrono::hours history) = 0;
};

/// A daemon that has not reached the store for so long ends its runs; others count on it.
constexpr std::chrono::seconds contact_max{60};
constexpr std::chrono::seconds lost_run_wait{75};

}  // namespace postrider
