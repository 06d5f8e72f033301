#pragma once

#include "lib/jobs/job_runner.h"
#include "lib/jobs/job_store.h"

#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace postrider::testing {

/// The tables of jobs, in memory, for several daemons.
struct MemoryJobs {
    struct Job {
        JobState state;
        std::string schedule;
    };
    struct Ended {
        RunId id = 0;
        std::string job;
        std::optional<TimePoint> scheduled;
        TimePoint started;
        TimePoint ended;
        RunResult result;
    };
    struct Open {
        OpenRun run;
        long long daemon = 0;
        std::optional<TimePoint> scheduled;
        std::string key;
    };

    std::map<std::string, Job> jobs;
    std::map<RunId, Open> open;
    std::vector<Ended> ended;
    std::set<long long> dead;
    bool is_copy = false;
    RunId last_run = 0;
};

/// One daemon's link to them: what the statements of lib/store do.
class MemoryJobStore final : public JobStore {
public:
    MemoryJobStore(Clock& clock, MemoryJobs& database, long long daemon)
        : clock_(clock), db_(database), daemon_(daemon) {}

    Task<> enlist(std::vector<EnlistedJob> jobs) override {
        fail_if_away();
        for (const EnlistedJob& each : jobs) {
            MemoryJobs::Job& job = db_.jobs[each.name];
            job.state.name = each.name;
            if (job.schedule == each.schedule) continue;
            job.schedule = each.schedule;
            job.state.due = each.due;
            job.state.next_run = each.next_run;
        }
        co_return;
    }
    Task<JobLedger> read(std::vector<std::string> names) override {
        fail_if_away();
        ++reads;
        JobLedger ledger;
        ledger.is_copy = db_.is_copy;
        for (const std::string& name : names) {
            const auto found = db_.jobs.find(name);
            if (found != db_.jobs.end()) ledger.jobs.push_back(found->second.state);
        }
        for (const auto& [id, open] : db_.open) {
            ledger.open.push_back(open.run);
            ledger.open.back().ours = open.daemon == daemon_;
        }
        co_return ledger;
    }
    Task<std::optional<RunId>> claim(RunClaim claim) override {
        fail_if_away();
        JobState& state = db_.jobs.at(claim.job).state;
        const bool asked = claim.run && !claim.scheduled;
        if (db_.dead.contains(daemon_) || db_.is_copy || state.due != claim.expected_due)
            co_return std::nullopt;
        if (asked ? !state.requested : state.paused) co_return std::nullopt;
        if (state.not_before && *state.not_before > clock_.now()) co_return std::nullopt;
        for (const auto& [id, open] : db_.open) {
            if (claim.run && (open.run.job == claim.job || open.run.queue == claim.queue))
                co_return std::nullopt;
        }
        state.due = claim.due;
        state.next_run = claim.next_run;
        if (asked) state.requested.reset();
        if (!claim.run) co_return 0;
        const RunId id = ++db_.last_run;
        db_.open[id] = {
            {id, claim.job, claim.queue, clock_.now(), false}, daemon_, claim.scheduled, claim.key};
        if (std::exchange(lose_answer, false)) throw std::runtime_error("the link broke");
        co_return id;
    }
    Task<bool> finish(RunId run, RunResult result) override {
        fail_if_away();
        co_return end(run, std::move(result));
    }
    Task<std::vector<LostRun>> interrupt_lost() override {
        fail_if_away();
        std::vector<LostRun> lost;
        const std::map<RunId, MemoryJobs::Open> open = db_.open;
        for (const auto& [id, each] : open) {
            if (!db_.dead.contains(each.daemon)) continue;
            RunResult result;
            result.status = RunStatus::interrupted;
            end(id, std::move(result));
            db_.jobs.at(each.run.job).state.not_before = clock_.now() + lost_run_wait;
            lost.push_back({id, each.run.job, each.key, false});
        }
        co_return lost;
    }
    Task<> forget(std::chrono::hours) override { co_return; }

    bool away = false;
    bool lose_answer = false;  ///< of the next claim that is granted
    int reads = 0;

private:
    void fail_if_away() const {
        if (away) throw std::runtime_error("the database is away");
    }
    bool end(RunId id, RunResult result) {
        const auto found = db_.open.find(id);
        if (found == db_.open.end()) return false;
        const MemoryJobs::Open open = found->second;
        db_.open.erase(found);
        JobState& state = db_.jobs.at(open.run.job).state;
        state.last_status = to_string(result.status);
        state.last_reason = result.reason;
        db_.ended.push_back(
            {id, open.run.job, open.scheduled, open.run.started, clock_.now(), std::move(result)});
        return true;
    }

    Clock& clock_;
    MemoryJobs& db_;
    long long daemon_;
};

/// Runs that take as long as the test says, and remember when they were.
class FakeRunner final : public JobRunner {
public:
    explicit FakeRunner(Clock& clock) : clock_(clock) {}

    Task<RunResult> run(const JobDefinition& job, std::string, Wakeup& stop) override {
        started.push_back(job.name);
        RunResult result;
        result.status = RunStatus::success;
        const std::chrono::milliseconds takes = duration ? duration(job) : std::chrono::milliseconds{0};
        if (takes.count() == 0) co_return result;
        const TimePoint end = clock_.now() + takes;
        if (deaf) {
            co_await clock_.sleep_until(end);
        } else {
            co_await stop.wait_until(clock_, end);
        }
        if (clock_.now() < end) result.status = RunStatus::interrupted;
        co_return result;
    }
    void sweep(const std::string& key) override { swept.push_back(key); }

    std::function<std::chrono::milliseconds(const JobDefinition&)> duration;
    bool deaf = false;  ///< to being stopped; costs a test of many runs less
    std::vector<std::string> started;
    std::vector<std::string> swept;

private:
    Clock& clock_;
};

}  // namespace postrider::testing
