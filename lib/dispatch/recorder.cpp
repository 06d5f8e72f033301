#include "lib/dispatch/recorder.h"

#include "lib/log/log.h"

#include <fmt/format.h>

namespace postrider {

namespace {

constexpr std::size_t batch_results_max = 1000;
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds pause_max{5000};

}  // namespace

Recorder::Recorder(Executor executor, Outbox& outbox, Clock& clock)
    : executor_(executor),
      outbox_(outbox),
      clock_(clock),
      batch_max_(batch_results_max),
      submitted_(executor),
      emptied_(executor) {}

Task<> Recorder::record(std::vector<AttemptResult> results) {
    if (results.empty()) co_return;
    pending_ += results.size();
    // Shared with the queue: this frame may be gone before the results are written.
    auto submission = std::make_shared<Submission>(executor_, results.size());
    for (AttemptResult& result : results) queue_.push_back({std::move(result), submission});
    submitted_.ring();
    co_await submission->written.wait();
}

Task<> Recorder::run() {
    for (;;) {
        while (!queue_.empty()) co_await write(take_batch());
        emptied_.ring();
        co_await submitted_.wait();
    }
}

Task<> Recorder::drain() {
    while (pending_ > 0) co_await emptied_.wait();
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
    for (const Entry& entry : batch) results.push_back(entry.result);
    std::exception_ptr failure;
    try {
        co_await outbox_.record(std::move(results));
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure) {
        if (failures_ > 0) log::info("results are recorded again");
        failures_ = 0;
        trouble_.clear();
        batch_max_ = std::min(batch_max_ * 2, batch_results_max);
        pending_ -= batch.size();
        for (const Entry& entry : batch) {
            if (--entry.submission->left == 0) entry.submission->written.ring();
        }
        co_return;
    }
    // To the back of the queue: should one of them be the cause, the others get their turn.
    for (Entry& entry : batch) queue_.push_back(std::move(entry));
    if (was_cancelled(failure)) std::rethrow_exception(failure);
    trouble_ = describe(failure);
    if (++failures_ == 1)
        log::error("cannot record results; trying on", {{"error", trouble_}, {"results", pending_}});
    batch_max_ = std::max<std::size_t>(batch_max_ / 2, 1);
    co_await clock_.sleep_until(clock_.now() + std::min(first_pause * failures_, pause_max));
}

Check Recorder::check() const {
    Check check{
        .name = "recorder", .health = Health::ok, .text = fmt::format("{} results to write", pending_)};
    if (failures_ > 0) {
        check.health = Health::critical;
        check.text = fmt::format("{} results cannot be written: {}", pending_, trouble_);
    }
    check.measures = {{"unrecorded", static_cast<double>(pending_), "", "", ""}};
    return check;
}

}  // namespace postrider
