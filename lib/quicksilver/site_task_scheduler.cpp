#include "lib/quicksilver/site_task_scheduler.h"

#include "lib/log/log.h"

#include <algorithm>

namespace postrider {

namespace {

/// The site's operators change rows when they like, and nobody tells us.
constexpr std::chrono::seconds read_every{2};
constexpr std::chrono::seconds view_every{10};
constexpr int view_share = 20;  // at most this part of the time, where a site has very many executions
constexpr std::chrono::minutes note_every{1};
constexpr std::chrono::milliseconds after_lost_race{500};
constexpr std::chrono::hours idle_turn{1};

}  // namespace

SiteTaskScheduler::SiteTaskScheduler(SiteTaskSchedulerParts parts)
    : parts_(std::move(parts)),
      runs_(parts_.executor, parts_.clock, "task", "the site's tasks"),
      wakeup_(parts_.executor) {}

void SiteTaskScheduler::set_settings(std::optional<SiteTaskSettings> settings) {
    settings_ = std::move(settings);
    ledger_ = {};
    elsewhere_.clear();
    locked_out_.clear();
    blocked_.clear();
    read_at_ = view_at_ = note_at_ = {};
    wakeup_.ring();
}

Task<> SiteTaskScheduler::run() {
    for (;;) {
        std::exception_ptr failure;
        try {
            co_await turn();
            trouble_.clear();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
        const TimePoint now = parts_.clock.now();
        TimePoint next = std::min(read_at_, next_start_);
        if (!settings_ && runs_.empty()) next = now + idle_turn;
        if (failure) {
            if (trouble_.empty())
                log::warn("the site's tasks cannot be looked at; trying on", {{"error", describe(failure)}});
            trouble_ = describe(failure);
            read_at_ = now;
            next = now + read_every;
        }
        runs_.watch_contact();
        co_await wakeup_.wait_until(parts_.clock, next);
    }
}

Task<> SiteTaskScheduler::turn() {
    if (!settings_ && runs_.empty()) co_return;
    if (parts_.clock.now() >= read_at_) co_await look();
    next_start_ = TimePoint::max();
    if (!settings_ || !ledger_.obstacle.empty()) co_return;
    if (!ledger_.is_copy) co_await start_due();
    if (!settings_) co_return;  // a reload, meanwhile
    if (parts_.clock.now() >= view_at_) {
        const TimePoint asked = parts_.clock.now();
        views_ = co_await parts_.store.view(settings_->run_send_task);
        viewed_at_ = parts_.clock.now();
        view_at_ = viewed_at_ + std::max<TimePoint::duration>(view_every, (viewed_at_ - asked) * view_share);
    }
    if (settings_ && settings_->sends && !ledger_.is_copy && parts_.clock.now() >= note_at_) {
        note_trouble_ = co_await parts_.store.note_sending(settings_->site);
        note_at_ = parts_.clock.now() + note_every;
    }
}

Task<> SiteTaskScheduler::look() {
    const SiteTaskSettings settings = settings_.value_or(SiteTaskSettings());
    read_at_ = parts_.clock.now() + read_every;  // before it is: what ends meanwhile wants another look
    SiteTaskLedger ledger = co_await parts_.store.read(settings.queues, settings.run_send_task);
    const TimePoint heard = runs_.heard();
    if (!ledger.obstacle.empty() && ledger.obstacle != ledger_.obstacle)
        log::warn("the site's tasks are not run", {{"reason", ledger.obstacle}});
    ledger_ = std::move(ledger);
    skipped_.clear();
    const auto is_due = [&](long long id) {
        return std::any_of(ledger_.tasks.begin(), ledger_.tasks.end(), [&](const WaitingTask& each) {
            return each.task.id == id && each.start() <= heard;
        });
    };
    std::erase_if(elsewhere_, [&](const auto& entry) { return !is_due(entry.first); });
    if (!ledger_.obstacle.empty()) co_return;
    const auto is_open = [&](const Run& run) {
        return std::any_of(ledger_.open.begin(), ledger_.open.end(),
                           [&](const OpenExecution& each) { return each.id == run.id; });
    };
    runs_.end_lost(is_open, [](const Run& run) { return run.task.command; });
    if (!ledger_.is_copy) co_await tend_left();
}

/// What daemons that have died left behind, and what could not be removed at once.
Task<> SiteTaskScheduler::tend_left() {
    if (!settings_) co_return;
    const SiteTaskSettings settings = *settings_;
    const std::vector<LeftExecution> left = co_await parts_.store.left();
    std::map<long long, std::string> blocked;
    for (const LeftExecution& each : left) {
        bool cleared = false;
        if (each.here) {
            if (!each.ended) parts_.runner.sweep(each.key);
            cleared = co_await clear_locks(settings, each.task, each.command, each.locks);
        }
        if (!each.ended) {
            const bool first = co_await parts_.store.give_up(each.id);
            if (first)
                log::warn("a task's daemon died while it ran",
                          {{"task", each.command}, {"execution", each.id}});
            read_at_ = parts_.clock.now();
        }
        if (cleared) co_await parts_.store.forget(each.id);
        if (each.here && !cleared) blocked[each.task] = each.command;
    }
    blocked_ = std::move(blocked);
}

/// Of each queue in which nothing runs the task that has waited longest, or will be the first.
std::vector<WaitingTask> SiteTaskScheduler::candidates() {
    std::set<std::string_view> busy;
    for (const OpenExecution& execution : ledger_.open) busy.insert(execution.queue);
    for (const Run& run : runs_) busy.insert(run.task.queue);
    std::map<std::string_view, const WaitingTask*> first;
    for (const WaitingTask& each : ledger_.tasks) {
        if (busy.contains(each.task.queue) || skipped_.contains(each.task.id)) continue;
        if (blocked_.contains(each.task.id)) continue;
        const auto [entry, inserted] = first.try_emplace(each.task.queue, &each);
        if (!inserted && each.start() < entry->second->start()) entry->second = &each;
    }
    std::vector<WaitingTask> found;
    found.reserve(first.size());
    for (const auto& [queue, task] : first) found.push_back(*task);
    return found;
}

Task<> SiteTaskScheduler::start_due() {
    // Again after one that somebody else runs: another of its queue may start.
    for (bool again = true; again && settings_;) {
        again = false;
        next_start_ = TimePoint::max();
        const TimePoint now = parts_.clock.now();
        for (const WaitingTask& candidate : candidates()) {
            if (candidate.start() > now) {
                next_start_ = std::min(next_start_, candidate.start());
                continue;
            }
            const bool started = co_await start(candidate);
            if (started) continue;
            skipped_.insert(candidate.task.id);
            again = true;
        }
    }
}

Task<bool> SiteTaskScheduler::start(WaitingTask waiting) {
    if (!settings_) co_return false;
    const SiteTaskSettings settings = *settings_;
    const SiteTask task = waiting.task;
    SiteTaskClaim claim;
    claim.task = task;
    claim.key = parts_.random.uuid();
    claim.locks = co_await parts_.locks.present(settings, task.command);
    const std::vector<std::string> locks = claim.locks;
    const std::string key = claim.key;
    const SiteTaskGrant grant = co_await parts_.store.claim(std::move(claim));
    const TimePoint heard = runs_.heard();
    if (grant.answer == SiteTaskGrant::Answer::elsewhere) {
        elsewhere_[task.id] = {task.command + "[" + task.queue + "]", grant.since.value_or(heard)};
        co_return false;
    }
    if (grant.answer == SiteTaskGrant::Answer::refused) {
        read_at_ = std::min(read_at_, heard + after_lost_race);
        co_return false;
    }
    elsewhere_.erase(task.id);
    ledger_.open.push_back({grant.execution, task.id, task.queue, true});
    const Runs::Place run = runs_.add(parts_.executor, grant.task, settings);
    run->id = grant.execution;
    run->key = key;
    run->locks = locks;
    runs_.spawn("task " + task.command, execute(run));
    co_return true;
}

Task<> SiteTaskScheduler::execute(Runs::Place run) {
    log::debug("task starts", {{"task", run->task.command}, {"execution", run->id}});
    RunResult result = co_await carry_out(*run);
    run->ended = true;
    const bool cleared = co_await clear_locks(run->settings, run->task.id, run->task.command, run->locks);
    if (result.status == RunStatus::success) {
        log::debug("task ends", {{"task", run->task.command}, {"execution", run->id}});
    } else {
        log::warn(
            "task ends",
            {{"task", run->task.command}, {"execution", run->id}, {"status", to_string(result.status)}});
    }
    co_await record(*run, std::move(result), cleared);
    runs_.remove(run);
    read_at_ = {};
    wakeup_.ring();
}

Task<RunResult> SiteTaskScheduler::carry_out(Run& run) {
    std::exception_ptr failure;
    RunResult result;
    try {
        result = co_await call(run);
        if (wants_context_value(result) && wants_value_.insert(run.task.command).second)
            result = co_await call(run);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) result.reason = describe(failure);
    co_return result;
}

Task<RunResult> SiteTaskScheduler::call(Run& run) {
    const bool with_value = wants_value_.contains(run.task.command);
    const JobDefinition job =
        job_of(run.task, run.settings, with_value ? ContextForm::value : ContextForm::flag);
    co_return co_await parts_.runner.run(job, run.key, run.stop);
}

/// Whether none is left. One that somebody else has, who runs the task by now, is not ours to remove.
Task<bool> SiteTaskScheduler::clear_locks(SiteTaskSettings settings, long long task, std::string command,
                                          std::vector<std::string> before) {
    std::exception_ptr failure;
    bool cleared = false;
    try {
        std::vector<std::string> left = co_await parts_.locks.present(settings, command);
        std::erase_if(left, [&](const std::string& each) {
            return std::find(before.begin(), before.end(), each) != before.end();
        });
        if (left.empty()) co_return true;
        const bool elsewhere = co_await parts_.store.runs_elsewhere(task);
        if (!elsewhere)
            cleared = co_await parts_.locks.clear(std::move(settings), std::move(command), std::move(before));
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure && was_cancelled(failure)) std::rethrow_exception(failure);
    co_return cleared;
}

/// Its queue waits for that.
Task<> SiteTaskScheduler::record(Run& run, RunResult result, bool locks_cleared) {
    const SiteTaskEnd end = end_of(run.task, result);
    const bool told = end.says_next_run || end.status != "success";
    if (!told && silent_.insert(run.task.id).second)
        log::warn("a task says nothing of its next run: it is due again at once",
                  {{"task", run.task.command}});
    if (told) silent_.erase(run.task.id);
    locked_out_.erase(run.task.id);
    if (!told && end.output->empty() && !run.locks.empty()) locked_out_[run.task.id] = run.task.command;
    const std::function<Task<bool>()> write = [&] { return parts_.store.finish(run.id, end, locks_cleared); };
    co_await runs_.record(write, run.task.command);
}

}  // namespace postrider
