#pragma once

#include "lib/async/deadline.h"
#include "lib/async/task_group.h"
#include "lib/async/wakeup.h"
#include "lib/jobs/job_store.h"
#include "lib/log/log.h"

#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <utility>

namespace postrider {

/// What is asked of a run under way. Runs of both schedulers are made of it.
struct RunControl {
    enum class Cause { none, stopping, lost, out_of_contact };

    explicit RunControl(const Executor& executor) : stop(executor) {}

    /// Ends it now, unless it has ended or is being ended.
    void end(Cause why) {
        if (cause != Cause::none || ended) return;
        cause = why;
        stop.ring();
    }

    Wakeup stop;  ///< whoever carries it out ends it then
    Cause cause = Cause::none;
    bool ended = false;  ///< only its result is still to be recorded
};

/// What of one kind runs on this host, from its start until its end is recorded, and how it may have to end: as the
/// daemon stops, as it is without the database for too long, or because another daemon took it for dead. `Run` is a
/// RunControl. Loop thread only.
template <class Run>
class RunGroup {
public:
    using Place = typename std::list<Run>::iterator;
    using Cause = RunControl::Cause;

    /// What the log calls them: "job", "jobs". `clock` outlives it.
    RunGroup(const Executor& executor, Clock& clock, std::string one, std::string all)
        : clock_(clock), one_(std::move(one)), all_(std::move(all)), tasks_(executor) {}

    bool empty() const { return runs_.empty(); }
    std::size_t size() const { return runs_.size(); }
    auto begin() const { return runs_.begin(); }
    auto end() const { return runs_.end(); }

    template <class... Values>
    Place add(Values&&... values) {
        return runs_.emplace(runs_.end(), std::forward<Values>(values)...);
    }
    /// Carries it out; `stop` waits for that.
    void spawn(const std::string& name, Task<> task) { tasks_.spawn(name, std::move(task)); }
    void remove(Place run) { runs_.erase(run); }

    /// The store has just answered.
    TimePoint heard() { return contact_.emplace(clock_.now()); }

    /// Those that the store does not have open any more: another daemon took this one for dead.
    template <class IsOpen, class NameOf>
    void end_lost(IsOpen is_open, NameOf name_of) {
        for (Run& run : runs_) {
            if (run.ended || run.cause != Cause::none || is_open(run)) continue;
            log::error("another daemon took this one for dead: its run is ended", {{one_, name_of(run)}});
            run.end(Cause::lost);
        }
    }
    /// Others start again what was ours: by then it must have ended.
    void watch_contact() {
        if (runs_.empty() || !contact_ || clock_.now() - *contact_ < contact_max) return;
        end_all(Cause::out_of_contact);
    }
    void end_all(Cause cause) {
        for (Run& run : runs_) run.end(cause);
    }

    /// Records an end, again and again until the store has it. False: a daemon that stops leaves it to the next one,
    /// which finds the run open. `write` says whether it was open still, and outlives the await.
    Task<bool> record(const std::function<Task<bool>()>& write, std::string name) {
        for (;;) {
            std::exception_ptr failure;
            try {
                co_await write();
                heard();
            } catch (...) {
                failure = std::current_exception();
            }
            if (!failure) co_return true;
            if (was_cancelled(failure) || stopping_) {
                log::error("the end of a " + one_ + " could not be recorded",
                           {{one_, name}, {"error", describe(failure)}});
                co_return false;
            }
            co_await clock_.sleep_until(clock_.now() + record_again);
        }
    }

    /// Lets runs end within `grace`, then ends them, and comes back when all are recorded, or cannot be. By this
    /// machine's clock.
    Task<> stop(std::chrono::milliseconds grace) {
        stopping_ = true;
        if (!runs_.empty()) log::info(all_ + " may end", {{"running", runs_.size()}});
        const bool ended = co_await ends_within(grace, tasks_.join());
        if (ended) co_return;
        log::warn(all_ + " are ended", {{"running", runs_.size()}});
        end_all(Cause::stopping);
        co_await tasks_.join();
    }

private:
    static constexpr std::chrono::seconds record_again{1};

    Clock& clock_;
    std::string one_;
    std::string all_;
    std::list<Run> runs_;
    std::optional<TimePoint> contact_;
    bool stopping_ = false;
    TaskGroup tasks_;
};

}  // namespace postrider
