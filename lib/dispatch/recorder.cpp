#include "lib/dispatch/recorder.h"

#include "lib/health/status_messages.h"
#include "lib/log/log.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

namespace postrider {

namespace {

constexpr std::size_t batch_results_max = 1000;
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds pause_max{5000};
constexpr std::chrono::minutes refused_again_every{1};

}  // namespace

Recorder::Recorder(Executor executor, Outbox& outbox, Clock& clock, ResultSpool* spool)
    : executor_(executor),
      outbox_(outbox),
      clock_(clock),
      batch_max_(batch_results_max),
      submitted_(executor),
      too_much_(executor),
      emptied_(executor),
      spool_known_(spool == nullptr),
      spool_read_(executor) {
    if (spool == nullptr) return;
    keeper_ = std::make_unique<ResultKeeper>(executor, clock, *spool, [this] { emptied_.ring(); });
}

Task<std::set<AttemptId>> Recorder::record(std::vector<AttemptResult> results) {
    if (results.empty()) co_return std::set<AttemptId>();
    // Shared with the queue: this frame may be gone before the results are written.
    auto submission = std::make_shared<Submission>(executor_, results.size());
    for (AttemptResult& result : results) submit(std::move(result), submission);
    ring_writers();
    co_await submission->decided.wait();
    co_return std::move(submission->refused);
}

void Recorder::submit(AttemptResult result, std::shared_ptr<Submission> submission) {
    auto pending = std::make_shared<PendingResult>();
    pending->result = std::move(result);
    pending->since = clock_.now();
    pending->kept = submission == nullptr;
    unrecorded_.insert(pending);
    if (keeper_) keeper_->watch(pending);
    queue_.push_back({std::move(pending), std::move(submission)});
}

void Recorder::ring_writers() {
    submitted_.ring();
    if (queue_.size() > batch_results_max) too_much_.ring();
}

Task<> Recorder::run() {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (write_what_comes() && write_what_is_too_much());
}

Task<> Recorder::write_what_comes() {
    for (;;) {
        if (!refused_.empty() && clock_.now() >= refused_next_) try_refused_again();
        const bool wrote = co_await write_next();
        if (wrote) continue;
        emptied_.ring();
        if (refused_.empty()) {
            co_await submitted_.wait();
        } else {
            co_await submitted_.wait_until(clock_, refused_next_);
        }
    }
}

/// Not while something is refused or fails: that is for one of us to find out.
Task<> Recorder::write_what_is_too_much() {
    for (;;) {
        bool wrote = false;
        if (queue_.size() > batch_results_max && batch_max_ == batch_results_max)
            wrote = co_await write_next();
        if (!wrote) co_await too_much_.wait();
    }
}

Task<> Recorder::keep_safe() {
    if (!keeper_) co_return;
    std::vector<AttemptResult> earlier = co_await keeper_->read();
    if (!earlier.empty()) {
        log::warn("an earlier run kept results that the database has not got; recording them first",
                  {{"results", earlier.size()}});
    }
    for (AttemptResult& result : earlier) submit(std::move(result), nullptr);
    spool_known_ = true;
    ring_writers();
    spool_read_.ring();
    co_await keeper_->run();
}

Task<> Recorder::drain() {
    while (!at_rest()) co_await emptied_.wait();
}

bool Recorder::at_rest() const {
    if (unrecorded_.size() > refused_.size()) return false;
    if (!keeper_ || !keeper_->trouble().empty()) return true;
    return !keeper_->busy() && std::all_of(refused_.begin(), refused_.end(),
                                           [](const Entry& entry) { return entry.pending->kept; });
}

Task<> Recorder::wait_for_spool() {
    while (!spool_known_) co_await spool_read_.wait();
}

Recorder::Waiting Recorder::waiting() const {
    Waiting waiting;
    for (const auto& pending : unrecorded_) {
        waiting.messages.push_back(pending->result.message_id);
        const std::string& provider_id = pending->result.outcome.provider_id;
        if (!provider_id.empty()) waiting.provider_ids.insert(provider_id);
    }
    return waiting;
}

Recorder::Batch Recorder::take_batch() {
    Batch batch;
    while (!queue_.empty() && batch.size() < batch_max_) {
        Entry& next = queue_.front();
        if (under_way_.contains(next.pending->result.message_id)) break;
        if (!batch.empty() && !(batch.front().refusal.empty() && next.refusal.empty())) break;
        batch.push_back(std::move(next));
        queue_.pop_front();
    }
    return batch;
}

/// False if there is nothing that may be written now. Takes it only when it has begun: who is cancelled
/// before leaves the queue as it is.
Task<bool> Recorder::write_next() {
    Batch batch = take_batch();
    if (batch.empty()) co_return false;
    std::vector<MessageId> messages;
    messages.reserve(batch.size());
    for (const Entry& entry : batch) messages.push_back(entry.pending->result.message_id);
    under_way_.insert(messages.begin(), messages.end());
    const auto free = [&](void*) {
        for (MessageId id : messages) under_way_.erase(id);
        ring_writers();
    };
    const std::unique_ptr<void, decltype(free)> when_done(this, free);
    co_await write(std::move(batch));
    co_return true;
}

Task<> Recorder::write(Batch batch) {
    std::vector<AttemptResult> results;
    results.reserve(batch.size());
    for (const Entry& entry : batch) results.push_back(entry.pending->result);
    std::exception_ptr failure;
    std::optional<std::string> refusal;
    try {
        co_await outbox_.record(std::move(results));
    } catch (const ResultsRefused& refused) {
        refusal = refused.what();
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure) {
        on_answered();
        if (refusal) {
            on_refused(std::move(batch), *refusal);
        } else {
            on_written(batch);
        }
        co_return;
    }
    // To the back of the queue: should one of them be the cause, the others get their turn.
    for (Entry& entry : batch) queue_.push_back(std::move(entry));
    if (was_cancelled(failure)) std::rethrow_exception(failure);
    trouble_ = describe(failure);
    if (keeper_) keeper_->set_writing_fails(true);
    if (++failures_ == 1)
        log::error("cannot record results; trying on", {{"error", trouble_}, {"results", pending()}});
    batch_max_ = std::max<std::size_t>(batch_max_ / 2, 1);
    co_await clock_.sleep_until(clock_.now() + std::min(first_pause * failures_, pause_max));
}

void Recorder::on_answered() {
    if (failures_ > 0) log::info("results are recorded again");
    failures_ = 0;
    trouble_.clear();
    if (keeper_) keeper_->set_writing_fails(false);
}

void Recorder::on_written(Batch& batch) {
    batch_max_ = std::min(batch_max_ * 2, batch_results_max);
    for (Entry& entry : batch) {
        unrecorded_.erase(entry.pending);
        if (keeper_) keeper_->recorded(*entry.pending);
        decide(entry, false);
    }
}

/// Halves the batch until the one stands alone that is to blame.
void Recorder::on_refused(Batch batch, const std::string& refusal) {
    if (batch.size() == 1) {
        // That it was sent matters more than what else was to stand in its row.
        RowValues& row = batch.front().pending->result.row;
        if (row.destination || row.message || row.lookup_key) {
            log::warn("the database refuses what is to stand in a row; only the result is written",
                      {{"message", batch.front().pending->result.message_id}, {"error", refusal}});
            row = RowValues{};
            queue_.push_front(std::move(batch.front()));
            return;
        }
        set_aside(std::move(batch.front()), refusal);
        return;
    }
    batch_max_ = batch.size() / 2;
    queue_.insert(queue_.begin(), std::make_move_iterator(batch.begin()),
                  std::make_move_iterator(batch.end()));
}

void Recorder::set_aside(Entry entry, const std::string& refusal) {
    if (entry.refusal.empty()) {
        log::error("the database refuses a result; it is kept, and tried again every minute",
                   {{"message", entry.pending->result.message_id},
                    {"attempt", entry.pending->result.attempt_id},
                    {"error", refusal}});
    }
    entry.refusal = refusal;
    if (keeper_) keeper_->keep_at_once(entry.pending);
    decide(entry, true);
    if (refused_.empty()) refused_next_ = clock_.now() + refused_again_every;
    refused_.push_back(std::move(entry));
}

void Recorder::try_refused_again() {
    queue_.insert(queue_.end(), std::make_move_iterator(refused_.begin()),
                  std::make_move_iterator(refused_.end()));
    refused_.clear();
}

/// Tells whoever handed it in.
void Recorder::decide(Entry& entry, bool refused) {
    if (!entry.submission) return;
    if (refused) entry.submission->refused.insert(entry.pending->result.attempt_id);
    if (--entry.submission->left == 0) entry.submission->decided.ring();
    entry.submission.reset();
}

Check Recorder::check() const {
    Check check{.name = "recorder"};
    const std::size_t spooled = keeper_ ? keeper_->spooled() : 0;
    if (failures_ > 0) {
        say<status::recorder_failing>(check, pending(), trouble_);
        if (keeper_) say<status::recorder_safe>(check, safe());
    } else {
        say<status::recorder_works>(check, pending());
        if (spooled > refused_.size()) say<status::recorder_spooled>(check, spooled);
    }
    if (!refused_.empty()) {
        const std::string& why = refused_.front().refusal;
        if (keeper_) {
            say<status::recorder_refused>(check, refused_.size(), why, refused_names());
        } else {
            say<status::recorder_refused_in_memory>(check, refused_.size(), why, refused_names());
        }
    }
    if (keeper_ && !keeper_->trouble().empty()) say<status::recorder_spool_fails>(check, keeper_->trouble());
    check.measures = {{"unrecorded", static_cast<double>(pending()), "", "", ""}};
    if (keeper_) check.measures.push_back({"spooled", static_cast<double>(spooled), "", "", ""});
    return check;
}

/// The messages whose results the database refuses, as far as there is room for them.
std::string Recorder::refused_names() const {
    constexpr std::size_t named_max = 5;
    std::string names;
    for (std::size_t i = 0; i < std::min(refused_.size(), named_max); ++i) {
        names += fmt::format("{}{}", i == 0 ? "" : ", ", refused_[i].pending->result.message_id);
    }
    if (refused_.size() > named_max) names += ", …";
    return names;
}

}  // namespace postrider
