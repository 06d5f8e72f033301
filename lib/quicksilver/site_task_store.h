#pragma once

#include "lib/quicksilver/task_rules.h"

#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// A row of the site's table of executions.
using ExecutionId = long long;

/// A task that has a next run.
struct WaitingTask {
    SiteTask task;
    std::optional<TimePoint> not_before;  ///< it does not start before this, whatever the rest says

    TimePoint start() const { return std::max(*task.next_run, not_before.value_or(*task.next_run)); }
};

/// An execution that a daemon has begun and not ended.
struct OpenExecution {
    ExecutionId id = 0;
    long long task = 0;
    std::string queue;
    bool ours = false;
};

struct SiteTaskLedger {
    std::vector<WaitingTask> tasks;   ///< of the queues that were asked for
    std::vector<OpenExecution> open;  ///< of all daemons
    bool is_copy = false;             ///< of the database that Postrider was installed on: nothing starts
    std::string obstacle;             ///< why nothing of this can be done here; empty: nothing
};

/// A task that a daemon wants to start.
struct SiteTaskClaim {
    SiteTask task;                   ///< as it was read
    std::string key;                 ///< by which the run's processes are known; a UUID
    std::vector<std::string> locks;  ///< of its command, that were there before
};

struct SiteTaskGrant {
    enum class Answer {
        granted,
        refused,    ///< the row is not as expected, it or its queue is busy, or this daemon's life is over
        elsewhere,  ///< somebody else runs it: an execution is open that is none of ours
    };
    Answer answer = Answer::refused;
    ExecutionId execution = 0;
    SiteTask task = {};              ///< as it is now
    std::optional<TimePoint> since;  ///< of one elsewhere
};

/// An execution that is no daemon's any more, or whose locks are still to be removed.
struct LeftExecution {
    ExecutionId id = 0;
    long long task = 0;
    std::string command;
    std::string key;
    std::vector<std::string> locks;  ///< that were there before it
    bool ended = false;
    bool here = false;  ///< it ran on this host
};

/// The site's tables of tasks, and beside them what daemons do about them. Every call may throw when the store is
/// away. Times are the store's clock's.
class SiteTaskStore {
public:
    virtual ~SiteTaskStore() = default;

    /// Tasks of these queues that have a next run, but for the send task unless it is wanted.
    virtual Task<SiteTaskLedger> read(std::vector<std::string> queues, bool with_send_task) = 0;
    /// Opens an execution, if the task is due, and nobody runs it or another of its queue.
    virtual Task<SiteTaskGrant> claim(SiteTaskClaim claim) = 0;
    /// Writes what became of it into the site's tables; its next run only if that is as it was claimed. False if it
    /// was not open any more: somebody took this daemon for dead. What is due again at once waits for a little.
    /// `locks_cleared`: it is forgotten; else it is to be had from `left` until `forget`.
    virtual Task<bool> finish(ExecutionId execution, SiteTaskEnd end, bool locks_cleared) = 0;
    /// Whether somebody else runs a task now.
    virtual Task<bool> runs_elsewhere(long long task) = 0;

    /// Of this host, and those that have no daemon any more. Of a daemon on another host only once it has ended its
    /// runs by itself.
    virtual Task<std::vector<LeftExecution>> left() = 0;
    /// Of one that has no daemon: the site's row says `killed`. Only the first who says so is told true.
    virtual Task<bool> give_up(ExecutionId execution) = 0;
    virtual Task<> forget(ExecutionId execution) = 0;

    /// All tasks, but for the send task unless it is wanted, in the order of their next runs.
    virtual Task<std::vector<SiteTaskView>> view(bool with_send_task) = 0;
    /// Tells the site's monitoring, if there is one, that what the send task does is being done. Why that cannot be
    /// told, if it cannot.
    virtual Task<std::string> note_sending(std::string site) = 0;
};

/// Where a site's commands have their locks.
class TaskLocks {
public:
    virtual ~TaskLocks() = default;
    virtual Task<std::vector<std::string>> present(SiteTaskSettings settings, std::string command) = 0;
    virtual Task<bool> clear(SiteTaskSettings settings, std::string command,
                             std::vector<std::string> before) = 0;
};

}  // namespace postrider
