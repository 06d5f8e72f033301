#include "lib/dispatch/result_keeper.h"

#include "lib/async/deadline.h"
#include "lib/log/log.h"

namespace postrider {

namespace {

/// So long a result may wait for the ledger: what a healthy database needs, many times over.
constexpr std::chrono::milliseconds keep_after{500};
constexpr std::chrono::seconds pause_after_failure{1};
constexpr std::size_t batch_results_max = 1000;

}  // namespace

ResultKeeper::ResultKeeper(Executor executor, Clock& clock, ResultSpool& spool, std::function<void()> on_rest)
    : clock_(clock), spool_(spool), on_rest_(std::move(on_rest)), wakeup_(executor) {}

Task<std::vector<AttemptResult>> ResultKeeper::read() {
    for (;;) {
        std::exception_ptr failure;
        try {
            std::vector<AttemptResult> results = co_await spool_.read();
            trouble_.clear();
            for (const AttemptResult& result : results) spooled_.insert(result.attempt_id);
            co_return results;
        } catch (...) {
            failure = std::current_exception();
        }
        if (was_cancelled(failure)) std::rethrow_exception(failure);
        if (trouble_.empty()) log::error("cannot read the spool; trying on", {{"error", describe(failure)}});
        trouble_ = describe(failure);
        co_await clock_.sleep_until(clock_.now() + pause_after_failure);
    }
}

Task<> ResultKeeper::run() {
    for (;;) {
        co_await keep_and_forget();
        if (!busy()) on_rest_();
        if (disk_fails_) {
            co_await clock_.sleep_until(clock_.now() + pause_after_failure);
        } else if (unkept_.empty()) {
            co_await wakeup_.wait();
        } else {
            co_await wakeup_.wait_until(clock_, next_due());
        }
    }
}

Task<> ResultKeeper::keep_and_forget() {
    std::exception_ptr not_kept;
    co_await keep_failure(keep_due(), not_kept);
    keeping_ = false;
    if (not_kept && was_cancelled(not_kept)) std::rethrow_exception(not_kept);
    if (not_kept && trouble_.empty())
        log::error("cannot keep results on disk; trying on", {{"error", describe(not_kept)}});
    trouble_ = not_kept ? describe(not_kept) : "";

    std::exception_ptr not_forgotten;
    co_await keep_failure(forget_recorded(), not_forgotten);
    if (not_forgotten && was_cancelled(not_forgotten)) std::rethrow_exception(not_forgotten);
    if (not_forgotten && !disk_fails_)
        log::warn("cannot clear the spool; trying on", {{"error", describe(not_forgotten)}});
    disk_fails_ = not_kept || not_forgotten;
}

void ResultKeeper::watch(std::shared_ptr<PendingResult> pending) {
    if (pending->kept) {
        ++safe_;
        return;
    }
    // While nothing fails it has time, and whoever came before it wakes us.
    if (writing_fails_ || unkept_.empty()) wakeup_.ring();
    unkept_.push_back(std::move(pending));
}

void ResultKeeper::recorded(PendingResult& pending) {
    pending.recorded = true;
    if (!pending.kept) return;
    --safe_;
    forgettable_.push_back(pending.result.attempt_id);
    wakeup_.ring();
}

void ResultKeeper::keep_at_once(const std::shared_ptr<PendingResult>& pending) {
    if (pending->kept) return;
    std::erase(unkept_, pending);
    pending->since = TimePoint::min();
    unkept_.push_front(pending);
    wakeup_.ring();
}

void ResultKeeper::set_writing_fails(bool fails) {
    if (fails && !writing_fails_) wakeup_.ring();
    writing_fails_ = fails;
}

TimePoint ResultKeeper::next_due() const {
    return writing_fails_ ? clock_.now() : unkept_.front()->since + keep_after;
}

Task<> ResultKeeper::keep_due() {
    for (;;) {
        std::erase_if(unkept_, [](const auto& pending) { return pending->recorded; });
        const TimePoint latest = clock_.now() - keep_after;
        std::vector<std::shared_ptr<PendingResult>> due;
        std::vector<AttemptResult> results;
        for (const auto& pending : unkept_) {
            if (results.size() == batch_results_max || (!writing_fails_ && pending->since > latest)) break;
            due.push_back(pending);
            results.push_back(pending->result);
        }
        if (due.empty()) co_return;
        keeping_ = true;
        co_await spool_.keep(std::move(results));
        note_kept(due);
    }
}

void ResultKeeper::note_kept(const std::vector<std::shared_ptr<PendingResult>>& kept) {
    for (const auto& pending : kept) {
        const AttemptId id = pending->result.attempt_id;
        pending->kept = true;
        spooled_.insert(id);
        // An earlier result of the attempt may have been waiting to be forgotten: it is no more.
        std::erase(forgettable_, id);
        if (pending->recorded) {
            forgettable_.push_back(id);
        } else {
            ++safe_;
        }
    }
    std::erase_if(unkept_, [](const auto& pending) { return pending->kept; });
}

Task<> ResultKeeper::forget_recorded() {
    while (!forgettable_.empty()) {
        const std::vector<AttemptId> now = forgettable_;
        co_await spool_.forget(now);
        for (const AttemptId id : now) spooled_.erase(id);
        forgettable_.erase(forgettable_.begin(),
                           forgettable_.begin() + static_cast<std::ptrdiff_t>(now.size()));
    }
}

}  // namespace postrider
