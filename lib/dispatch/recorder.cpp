#include "lib/dispatch/recorder.h"

#include "lib/log/log.h"

#include <fmt/format.h>

namespace postrider {

namespace {

constexpr std::size_t batch_results_max = 1000;
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds pause_max{5000};

}  // namespace

Recorder::Recorder(Executor executor, Outbox& outbox, Clock& clock, ResultSpool* spool)
    : executor_(executor),
      outbox_(outbox),
      clock_(clock),
      batch_max_(batch_results_max),
      submitted_(executor),
      emptied_(executor),
      replays_left_(spool == nullptr ? 0 : 1),
      replayed_(executor) {
    if (spool == nullptr) return;
    keeper_ = std::make_unique<ResultKeeper>(executor, clock, *spool, [this] { emptied_.ring(); });
}

Task<> Recorder::record(std::vector<AttemptResult> results) {
    if (results.empty()) co_return;
    // Shared with the queue: this frame may be gone before the results are written.
    auto submission = std::make_shared<Submission>(executor_, results.size());
    for (AttemptResult& result : results) submit(std::move(result), submission);
    submitted_.ring();
    co_await submission->written.wait();
}

void Recorder::submit(AttemptResult result, std::shared_ptr<Submission> submission) {
    auto pending = std::make_shared<PendingResult>();
    pending->result = std::move(result);
    pending->since = clock_.now();
    pending->kept = submission == nullptr;
    ++pending_;
    if (keeper_) keeper_->watch(pending);
    queue_.push_back({std::move(pending), std::move(submission)});
}

Task<> Recorder::run() {
    for (;;) {
        while (!queue_.empty()) co_await write(take_batch());
        emptied_.ring();
        co_await submitted_.wait();
    }
}

Task<> Recorder::keep_safe() {
    if (!keeper_) co_return;
    std::vector<AttemptResult> earlier = co_await keeper_->read();
    if (!earlier.empty()) {
        log::warn("an earlier run kept results that the database has not got; recording them first",
                  {{"results", earlier.size()}});
    }
    replays_left_ = earlier.size();
    for (AttemptResult& result : earlier) submit(std::move(result), nullptr);
    submitted_.ring();
    if (replayed()) replayed_.ring();
    co_await keeper_->run();
}

Task<> Recorder::drain() {
    while (pending_ > 0 || (keeper_ && keeper_->busy())) co_await emptied_.wait();
}

Task<> Recorder::wait_replayed() {
    while (!replayed()) co_await replayed_.wait();
}

Recorder::Batch Recorder::take_batch() {
    Batch batch;
    while (!queue_.empty() && batch.size() < batch_max_) {
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return batch;
}

Task<> Recorder::write(Batch batch) {
    std::vector<AttemptResult> results;
    results.reserve(batch.size());
    for (const Entry& entry : batch) results.push_back(entry.pending->result);
    std::exception_ptr failure;
    try {
        co_await outbox_.record(std::move(results));
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure) {
        on_written(batch);
        co_return;
    }
    // To the back of the queue: should one of them be the cause, the others get their turn.
    for (Entry& entry : batch) queue_.push_back(std::move(entry));
    if (was_cancelled(failure)) std::rethrow_exception(failure);
    trouble_ = describe(failure);
    if (keeper_) keeper_->set_writing_fails(true);
    if (++failures_ == 1)
        log::error("cannot record results; trying on", {{"error", trouble_}, {"results", pending_}});
    batch_max_ = std::max<std::size_t>(batch_max_ / 2, 1);
    co_await clock_.sleep_until(clock_.now() + std::min(first_pause * failures_, pause_max));
}

void Recorder::on_written(const Batch& batch) {
    if (failures_ > 0) log::info("results are recorded again");
    failures_ = 0;
    trouble_.clear();
    batch_max_ = std::min(batch_max_ * 2, batch_results_max);
    pending_ -= batch.size();
    if (keeper_) keeper_->set_writing_fails(false);
    for (const Entry& entry : batch) {
        if (keeper_) keeper_->recorded(*entry.pending);
        if (!entry.submission) {
            if (--replays_left_ == 0) replayed_.ring();
        } else if (--entry.submission->left == 0) {
            entry.submission->written.ring();
        }
    }
}

Check Recorder::check() const {
    Check check{
        .name = "recorder", .health = Health::ok, .text = fmt::format("{} results to write", pending_)};
    const std::size_t spooled = keeper_ ? keeper_->spooled() : 0;
    if (failures_ > 0) {
        check.health = Health::critical;
        check.text = fmt::format("{} results cannot be written: {}", pending_, trouble_);
        if (keeper_) check.text += fmt::format("; {} of them are safe in the spool", safe());
    } else if (spooled > 0) {
        check.health = Health::warning;
        check.text += fmt::format("; {} are kept in the spool until the database has them", spooled);
    }
    if (keeper_ && !keeper_->trouble().empty()) {
        check.health = Health::critical;
        check.text += fmt::format(
            "; the spool fails ({}): results are in memory only and are lost with this process. Free space "
            "on "
            "its disk, or mend it; do not stop Postrider before",
            keeper_->trouble());
    }
    check.measures = {{"unrecorded", static_cast<double>(pending_), "", "", ""}};
    if (keeper_) check.measures.push_back({"spooled", static_cast<double>(spooled), "", "", ""});
    return check;
}

}  // namespace postrider
