#include "lib/jobs/job_scheduler.h"

#include "lib/log/log.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider {

namespace {

constexpr std::chrono::seconds read_every{2};
constexpr std::chrono::milliseconds after_lost_race{500};
constexpr std::chrono::hours forget_every{1};

}  // namespace

JobScheduler::JobScheduler(JobSchedulerParts parts)
    : parts_(std::move(parts)),
      runs_(parts_.executor, parts_.clock, "job", "jobs"),
      wakeup_(parts_.executor) {}

void JobScheduler::set_jobs(std::vector<JobDefinition> jobs) {
    jobs_.clear();
    for (JobDefinition& job : jobs) {
        std::string name = job.name;
        jobs_.insert_or_assign(std::move(name), std::move(job));
    }
    states_.clear();
    enlisted_ = false;
    wakeup_.ring();
}

Task<> JobScheduler::run() {
    for (;;) {
        std::exception_ptr failure;
        try {
            co_await turn();
            trouble_.clear();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
        TimePoint next = next_turn();
        if (failure) {
            if (trouble_.empty())
                log::warn("jobs cannot be looked at; trying on", {{"error", describe(failure)}});
            trouble_ = describe(failure);
            read_at_ = parts_.clock.now();
            next = read_at_ + read_every;
        }
        runs_.watch_contact();
        co_await wakeup_.wait_until(parts_.clock, next);
    }
}

Task<> JobScheduler::turn() {
    if (jobs_.empty() && runs_.empty()) co_return;
    if (!enlisted_) co_await enlist();
    if (parts_.clock.now() >= read_at_) co_await look();
    if (!is_copy_) co_await start_due();
    if (parts_.clock.now() < forget_at_) co_return;
    co_await parts_.store.forget(history_);
    forget_at_ = parts_.clock.now() + forget_every;
}

Task<> JobScheduler::enlist() {
    const TimePoint now = parts_.clock.now();
    std::vector<EnlistedJob> jobs;
    for (const auto& [name, job] : jobs_) {
        EnlistedJob& each = jobs.emplace_back();
        each.name = name;
        each.queue = job.queue;
        each.schedule = job.schedule.text();
        each.due = job.schedule.first(now);
        each.next_run = with_jitter(job, each.due);
    }
    enlisted_ = true;  // before it is: a reload meanwhile makes it false again
    std::exception_ptr failure;
    try {
        co_await parts_.store.enlist(std::move(jobs));
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {
        enlisted_ = false;
        std::rethrow_exception(failure);
    }
    read_at_ = now;
}

Task<> JobScheduler::look() {
    const std::vector<LostRun> lost = co_await parts_.store.interrupt_lost();
    for (const LostRun& run : lost) {
        log::warn("a job's daemon died while it ran", {{"job", run.job}, {"run", run.id}});
        if (run.here) parts_.runner.sweep(run.key);
    }
    std::vector<std::string> names;
    for (const auto& [name, job] : jobs_) names.push_back(name);
    JobLedger ledger = co_await parts_.store.read(std::move(names));
    const TimePoint heard = runs_.heard();
    states_.clear();
    for (JobState& state : ledger.jobs) {
        std::string name = state.name;
        states_.emplace(std::move(name), std::move(state));
    }
    open_ = std::move(ledger.open);
    if (ledger.is_copy && !is_copy_) log::warn("this database is a copy: no job starts");
    is_copy_ = ledger.is_copy;
    co_await end_unconfirmed();
    const auto is_open = [&](const Run& run) {
        return std::any_of(open_.begin(), open_.end(),
                           [&](const OpenRun& each) { return each.id == run.id; });
    };
    runs_.end_lost(is_open, [](const Run& run) { return run.job.name; });
    read_at_ = heard + read_every;
}

/// Runs of ours that nobody here knows of: the answer to their claim was lost, and they never began.
Task<> JobScheduler::end_unconfirmed() {
    std::vector<RunId> unknown;
    for (const OpenRun& run : open_) {
        const bool known =
            std::any_of(runs_.begin(), runs_.end(), [&](const Run& each) { return each.id == run.id; });
        if (run.ours && !known) unknown.push_back(run.id);
    }
    for (const RunId id : unknown) {
        RunResult result;
        result.status = RunStatus::interrupted;
        result.reason = "it was not started: the database was lost meanwhile";
        co_await parts_.store.finish(id, std::move(result));
        std::erase_if(open_, [id](const OpenRun& each) { return each.id == id; });
    }
}

/// When a job may start; nothing if it must not.
std::optional<TimePoint> JobScheduler::start_time(const JobState& state) const {
    std::optional<TimePoint> time = state.paused ? std::nullopt : state.next_run;
    if (state.requested && (!time || *state.requested < *time)) time = state.requested;
    if (time && state.not_before) time = std::max(*time, *state.not_before);
    return time;
}

/// Of each queue in which nothing runs the job that has waited longest, or will be the first. Busy is what the
/// store says; and here, where a run that others took for dead has not ended yet.
std::vector<JobScheduler::Candidate> JobScheduler::candidates() const {
    std::set<std::string_view> busy_jobs;
    std::set<std::string_view> busy_queues;
    for (const OpenRun& run : open_) {
        busy_jobs.insert(run.job);
        busy_queues.insert(run.queue);
    }
    for (const Run& run : runs_) {
        busy_jobs.insert(run.job.name);
        busy_queues.insert(run.job.queue);
    }
    std::map<std::string_view, Candidate> first;
    auto job = jobs_.begin();
    for (const auto& [name, state] : states_) {
        // Both are in the order of their names.
        while (job != jobs_.end() && job->first < name) ++job;
        if (job == jobs_.end()) break;
        const auto time = job->first == name ? start_time(state) : std::nullopt;
        if (!time || busy_queues.contains(job->second.queue) || busy_jobs.contains(name)) continue;
        const auto [entry, inserted] = first.try_emplace(job->second.queue, Candidate{*time, &name});
        // Of equal ones the first by name: in that order they come.
        if (!inserted && *time < entry->second.at) entry->second = {*time, &name};
    }
    std::vector<Candidate> found;
    for (const auto& [queue, candidate] : first) found.push_back(candidate);
    return found;
}

Task<> JobScheduler::start_due() {
    // Again after what was only left out, or was started and has ended already.
    for (bool again = true; again;) {
        again = false;
        next_start_ = TimePoint::max();
        const TimePoint now = parts_.clock.now();
        std::vector<std::string> due;
        for (const Candidate& candidate : candidates()) {
            if (candidate.at <= now) {
                due.push_back(*candidate.name);
            } else {
                next_start_ = std::min(next_start_, candidate.at);
            }
        }
        for (const std::string& name : due) {
            const bool done = co_await start(name);
            again |= done;
            if (!done) read_at_ = std::min(read_at_, now + after_lost_race);
        }
    }
}

/// False if somebody else was faster.
Task<bool> JobScheduler::start(std::string name) {
    // A reload while the store is asked may take either away.
    const auto job_entry = jobs_.find(name);
    const auto state_entry = states_.find(name);
    if (job_entry == jobs_.end() || state_entry == states_.end()) co_return false;
    const JobDefinition job = job_entry->second;
    const JobState state = state_entry->second;
    const TimePoint now = parts_.clock.now();
    RunClaim claim;
    claim.job = name;
    claim.queue = job.queue;
    claim.key = parts_.random.uuid();
    claim.expected_due = claim.due = state.due;
    claim.next_run = state.next_run;
    if (!state.requested || *state.requested > now) {
        const RunPlan plan = plan_run(job.schedule, state.due.value_or(now), now, job.misfire);
        claim.run = plan.run.has_value();
        claim.scheduled = plan.run;
        claim.due = plan.next;
        claim.next_run = with_jitter(job, plan.next);
        if (!claim.run) log::warn("a job's time has passed: left out", {{"job", name}});
    }
    JobState after = state;
    after.due = claim.due;
    after.next_run = claim.next_run;
    if (claim.run && !claim.scheduled) after.requested.reset();
    const bool run_wanted = claim.run;
    const std::string queue = job.queue;
    const std::string key = claim.key;
    const std::optional<RunId> id = co_await parts_.store.claim(std::move(claim));
    runs_.heard();
    if (!id) co_return false;
    if (states_.contains(name)) states_[name] = std::move(after);
    if (!run_wanted) co_return true;
    open_.push_back({*id, name, queue, now, true});
    const Runs::Place run = runs_.add(parts_.executor, job);
    run->id = *id;
    run->key = key;
    run->started = now;
    runs_.spawn("job " + name, execute(run));
    co_return true;
}

Task<> JobScheduler::execute(Runs::Place run) {
    log::debug("job starts", {{"job", run->job.name}, {"run", run->id}});
    RunResult result = co_await carry_out(*run);
    run->ended = true;
    if (run->cause == RunControl::Cause::lost) result.reason = "another daemon took this one for dead";
    if (run->cause == RunControl::Cause::out_of_contact) result.reason = "the database could not be reached";
    // Without the reason: it may repeat what is in rows.
    if (result.status == RunStatus::success) {
        log::debug("job ends", {{"job", run->job.name}, {"run", run->id}});
    } else {
        log::warn("job ends",
                  {{"job", run->job.name}, {"run", run->id}, {"status", to_string(result.status)}});
    }
    co_await record(*run, std::move(result));
    std::erase_if(open_, [&](const OpenRun& each) { return each.id == run->id; });
    runs_.remove(run);
    wakeup_.ring();
}

Task<RunResult> JobScheduler::carry_out(Run& run) {
    std::exception_ptr failure;
    RunResult result;
    try {
        result = co_await parts_.runner.run(run.job, run.key, run.stop);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) result.reason = describe(failure);
    co_return result;
}

/// Its queue waits for that.
Task<> JobScheduler::record(Run& run, RunResult result) {
    const std::function<Task<bool>()> write = [&] { return parts_.store.finish(run.id, result); };
    const bool recorded = co_await runs_.record(write, run.job.name);
    if (!recorded) co_return;
    const auto state = states_.find(run.job.name);
    if (state == states_.end()) co_return;
    state->second.last_status = to_string(result.status);
    state->second.last_reason = result.reason;
}

TimePoint JobScheduler::next_turn() const {
    if (jobs_.empty() && runs_.empty()) return parts_.clock.now() + forget_every;
    // What is due and has not been started lost a race: not before the store was read again.
    return is_copy_ ? read_at_ : std::min(read_at_, next_start_);
}

std::optional<TimePoint> JobScheduler::with_jitter(const JobDefinition& job, std::optional<TimePoint> due) {
    if (!due || job.jitter.count() == 0) return due;
    const auto most = std::chrono::duration<double, std::milli>(job.jitter);
    return *due + std::chrono::duration_cast<std::chrono::microseconds>(most * parts_.random.unit());
}

}  // namespace postrider
