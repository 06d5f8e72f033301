#pragma once

#include "lib/jobs/job_runner.h"
#include "lib/quicksilver/site_task_store.h"

#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace postrider::testing {

/// A site's tasks in memory, for several daemons, and what became of their executions.
struct MemorySiteTasks {
    struct Open {
        OpenExecution execution;
        long long daemon = 0;
        std::string command;
        std::string key;
        std::vector<std::string> locks;
        std::optional<TimePoint> due;
    };
    struct Ended {
        ExecutionId id = 0;
        std::string command;
        std::string status;
        bool locks_cleared = false;
    };

    SiteTask& add(const std::string& command, TimePoint next_run, const std::string& queue = "default") {
        SiteTask task;
        task.id = static_cast<long long>(tasks.size()) + 1;
        task.command = command;
        task.queue = queue;
        task.repeat_interval = 10;
        task.next_run = next_run;
        return tasks[task.id] = task;
    }

    std::map<long long, SiteTask> tasks;
    std::map<long long, TimePoint> pauses;
    std::map<ExecutionId, Open> open;
    std::vector<Ended> ended;
    std::map<ExecutionId, LeftExecution> left;
    std::map<long long, TimePoint> elsewhere;  ///< tasks that the site's own runner has
    std::vector<SiteTaskView> views;
    std::set<long long> dead;
    std::vector<std::string> noted;
    bool is_copy = false;
    std::string obstacle;
    ExecutionId last = 0;
};

/// One daemon's link to them: what the statements of lib/store do.
class MemorySiteTaskStore final : public SiteTaskStore {
public:
    MemorySiteTaskStore(Clock& clock, MemorySiteTasks& database, long long daemon)
        : clock_(clock), db_(database), daemon_(daemon) {}

    Task<SiteTaskLedger> read(std::vector<std::string> queues, bool with_send_task) override {
        fail_if_away();
        ++reads;
        SiteTaskLedger ledger;
        ledger.is_copy = db_.is_copy;
        ledger.obstacle = db_.obstacle;
        for (const auto& [id, task] : db_.tasks) {
            const bool served = std::find(queues.begin(), queues.end(), task.queue) != queues.end();
            if (!served || !task.next_run || (task.command == send_task && !with_send_task)) continue;
            WaitingTask& waiting = ledger.tasks.emplace_back();
            waiting.task = task;
            if (db_.pauses.contains(id)) waiting.not_before = db_.pauses.at(id);
        }
        for (const auto& [id, open] : db_.open) {
            ledger.open.push_back(open.execution);
            ledger.open.back().ours = open.daemon == daemon_;
        }
        co_return ledger;
    }

    Task<SiteTaskGrant> claim(SiteTaskClaim claim) override {
        fail_if_away();
        SiteTaskGrant grant;
        const auto found = db_.tasks.find(claim.task.id);
        if (db_.dead.contains(daemon_) || db_.is_copy || found == db_.tasks.end()) co_return grant;
        const SiteTask& task = found->second;
        const auto pause = db_.pauses.find(task.id);
        if (!task.next_run || *task.next_run > clock_.now() || task.command != claim.task.command)
            co_return grant;
        if (pause != db_.pauses.end() && pause->second > clock_.now()) co_return grant;
        for (const auto& [id, open] : db_.open) {
            if (open.execution.task == task.id || open.execution.queue == task.queue) co_return grant;
        }
        if (db_.elsewhere.contains(task.id)) {
            grant.answer = SiteTaskGrant::Answer::elsewhere;
            grant.since = db_.elsewhere.at(task.id);
            co_return grant;
        }
        grant.answer = SiteTaskGrant::Answer::granted;
        grant.execution = ++db_.last;
        grant.task = task;
        db_.open[grant.execution] = {{grant.execution, task.id, task.queue, false},
                                     daemon_,
                                     task.command,
                                     claim.key,
                                     claim.locks,
                                     task.next_run};
        co_return grant;
    }

    Task<bool> finish(ExecutionId execution, SiteTaskEnd end, bool locks_cleared) override {
        fail_if_away();
        const auto found = db_.open.find(execution);
        if (found == db_.open.end()) co_return false;
        const MemorySiteTasks::Open open = found->second;
        db_.open.erase(found);
        db_.ended.push_back({execution, open.command, end.status, locks_cleared});
        if (!locks_cleared) keep(open, true);
        const auto row = db_.tasks.find(open.execution.task);
        if (row == db_.tasks.end()) co_return true;
        SiteTask& task = row->second;
        if (task.next_run == open.due) {
            if (const auto* moment = std::get_if<TimePoint>(&end.next_run)) task.next_run = *moment;
            if (std::holds_alternative<SiteTaskEnd::AfterInterval>(end.next_run))
                task.next_run = clock_.now() + std::chrono::seconds(task.repeat_interval);
        }
        if (end.status != "killed" && task.next_run && *task.next_run <= clock_.now())
            db_.pauses[task.id] = clock_.now() + std::chrono::seconds{5};
        co_return true;
    }

    Task<bool> runs_elsewhere(long long task) override {
        fail_if_away();
        co_return db_.elsewhere.contains(task);
    }

    Task<std::vector<LeftExecution>> left() override {
        fail_if_away();
        for (const auto& [id, open] : db_.open) {
            if (db_.dead.contains(open.daemon) && !db_.left.contains(id)) keep(open, false);
        }
        std::vector<LeftExecution> all;
        for (const auto& [id, each] : db_.left) all.push_back(each);
        co_return all;
    }

    Task<bool> give_up(ExecutionId execution) override {
        fail_if_away();
        const auto found = db_.open.find(execution);
        if (found == db_.open.end()) co_return false;
        db_.ended.push_back({execution, found->second.command, "killed", false});
        db_.open.erase(found);
        db_.left.at(execution).ended = true;
        co_return true;
    }

    Task<> forget(ExecutionId execution) override {
        fail_if_away();
        db_.left.erase(execution);
        co_return;
    }

    Task<std::vector<SiteTaskView>> view(bool) override {
        fail_if_away();
        co_return db_.views;
    }

    Task<std::string> note_sending(std::string site) override {
        fail_if_away();
        db_.noted.push_back(site);
        co_return std::string();
    }

    bool away = false;
    int reads = 0;

private:
    void fail_if_away() const {
        if (away) throw std::runtime_error("the database is away");
    }
    void keep(const MemorySiteTasks::Open& open, bool ended) {
        LeftExecution each;
        each.id = open.execution.id;
        each.task = open.execution.task;
        each.command = open.command;
        each.key = open.key;
        each.locks = open.locks;
        each.ended = ended;
        each.here = true;
        db_.left[each.id] = each;
    }

    Clock& clock_;
    MemorySiteTasks& db_;
    long long daemon_;
};

/// Locks of one host, by command.
class MemoryTaskLocks final : public TaskLocks {
public:
    Task<std::vector<std::string>> present(SiteTaskSettings, std::string command) override {
        co_return locks[command];
    }
    Task<bool> clear(SiteTaskSettings, std::string command, std::vector<std::string> before) override {
        if (held.contains(command)) co_return false;
        locks[command] = before;
        co_return true;
    }

    std::map<std::string, std::vector<std::string>> locks;
    std::set<std::string> held;  ///< commands of which a process lives
};

/// Runs that take as long as the test says, and end as it says.
class ScriptedTaskRunner final : public JobRunner {
public:
    explicit ScriptedTaskRunner(Clock& clock) : clock_(clock) {}

    Task<RunResult> run(const JobDefinition& job, std::string, Wakeup& stop) override {
        started.push_back(job.name);
        commands.push_back(std::get<CommandJob>(job.work).command);
        if (on_start) on_start(job);
        RunResult result;
        if (takes.contains(job.name)) {
            const TimePoint end = clock_.now() + takes.at(job.name);
            co_await stop.wait_until(clock_, end);
            if (clock_.now() < end) {
                result.status = RunStatus::interrupted;
                co_return result;
            }
        }
        result.status = RunStatus::success;
        if (result_of) result = result_of(job);
        co_return result;
    }
    void sweep(const std::string& key) override { swept.push_back(key); }

    std::map<std::string, std::chrono::milliseconds> takes;
    std::function<RunResult(const JobDefinition&)> result_of;
    std::function<void(const JobDefinition&)> on_start;
    std::vector<std::string> started;
    std::vector<std::vector<std::string>> commands;
    std::vector<std::string> swept;

private:
    Clock& clock_;
};

}  // namespace postrider::testing
