#include "lib/async/deadline.h"
#include "lib/dispatch/lane.h"
#include "lib/dispatch/time_verdict.h"
#include "lib/log/log.h"

#include <fmt/format.h>

#include <algorithm>

// What comes back: outcomes, what they mean for message and lane, and how the lane is doing.

namespace postrider {

Task<> Lane::refuse(Batch refused) {
    std::vector<Outcome> outcomes;
    for (const Prepared& prepared : refused) {
        outcomes.push_back(Outcome::failed(Verdict::rejected, *prepared.refusal));
    }
    co_await finish(std::move(refused), std::move(outcomes));
}

Task<> Lane::send(Batch batch, std::shared_ptr<CallSlots> slots) {
    auto outcomes = co_await ask_transport(batch);
    // The provider is done with us: the slot is free while the result is written.
    slots.reset();
    co_await finish(std::move(batch), std::move(outcomes));
}

Task<std::vector<Outcome>> Lane::ask_transport(const Batch& batch) {
    std::vector<PreparedRequest> requests;
    requests.reserve(batch.size());
    for (const Prepared& prepared : batch) requests.push_back(prepared.request);
    const auto transport = transport_;  // a reload may replace the lane's while we wait
    std::optional<std::vector<Outcome>> outcomes;
    std::exception_ptr failure;
    try {
        outcomes = co_await within(parts_.clock, limits_.send_max,
                                   transport->send(std::move(requests), parts_.membership));
    } catch (...) {
        failure = std::current_exception();
    }
    // Whether it is us who are cancelled: a transport could let an error escape that looks so.
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (failure && state.cancelled() != boost::asio::cancellation_type::none) std::rethrow_exception(failure);
    if (outcomes && outcomes->size() == batch.size()) co_return std::move(*outcomes);
    const std::string reason = failure    ? "the transport failed: " + describe(failure)
                               : outcomes ? "the transport answered for another number of requests"
                                          : fmt::format("no answer within {} ms", limits_.send_max.count());
    log::error("send without outcome", {{"channel", channel_.name}, {"reason", reason}});
    co_return std::vector<Outcome>(batch.size(), Outcome::failed(Verdict::in_doubt, reason));
}

Task<> Lane::finish(Batch batch, std::vector<Outcome> outcomes) {
    const TimePoint now = parts_.clock.now();
    std::vector<AttemptResult> results;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        Waiting& waiting = batch[i].waiting;
        Outcome& outcome = outcomes[i];
        if (!batch[i].refusal) apply(outcome);
        const FollowUp next = next_step(waiting, outcome, now);
        if (next.disposition == Disposition::given_up) outcome.metadata["error"] = next.error;
        AttemptResult result;
        result.attempt_id = batch[i].request.attempt.id;
        result.message_id = waiting.message.key.id;
        result.row_version = waiting.message.row_version;
        result.transmission_metadata = waiting.message.transmission_metadata;
        result.outcome = outcome;
        result.disposition = next.disposition;
        result.ended = now;
        result.failed_attempts = next.failed_attempts;
        result.retry_at = now + next.retry_in;
        waiting.message.failed_attempts = next.failed_attempts;
        waiting.message.retry_at = result.retry_at;
        results.push_back(std::move(result));
    }
    std::vector<Disposition> dispositions;
    dispositions.reserve(results.size());
    for (const AttemptResult& result : results) dispositions.push_back(result.disposition);
    co_await parts_.recorder.record(std::move(results));
    for (std::size_t i = 0; i < batch.size(); ++i) {
        Waiting& waiting = batch[i].waiting;
        const MessageId id = waiting.message.key.id;
        if (dispositions[i] == Disposition::waiting) {
            log::info("message waits for another try", {{"message", id},
                                                        {"channel", channel_.name},
                                                        {"outcome", to_string(outcomes[i].verdict)},
                                                        {"reason", outcomes[i].reason}});
            // Through the front door, where the verdict on time may also say that it is too late.
            release(waiting);
            const TimePoint at = *waiting.message.retry_at;
            parts_.readmit(std::move(waiting.message), waiting.first_seen, at);
            continue;
        }
        if (dispositions[i] == Disposition::sent) {
            ++sent_;
            log::debug("message sent", {{"message", id}, {"channel", channel_.name}});
        } else {
            ++given_up_;
            log::warn("message given up", {{"message", id},
                                           {"channel", channel_.name},
                                           {"outcome", to_string(outcomes[i].verdict)},
                                           {"reason", outcomes[i].reason}});
        }
        release(waiting);
    }
}

/// What follows for the message: a next try that would come too late is none.
FollowUp Lane::next_step(const Waiting& waiting, const Outcome& outcome, TimePoint now) {
    const int failed_before = waiting.message.failed_attempts;
    FollowUp next = follow_up(outcome, channel_, failed_before, limits_.backoff, parts_.random.unit());
    if (next.disposition != Disposition::waiting || next.failed_attempts == failed_before) return next;
    const TimeVerdict then = judge_time({.send_date = waiting.message.key.send_date,
                                         .first_seen = waiting.first_seen,
                                         .failed_attempts = next.failed_attempts,
                                         .expire_after = channel_.expire_after,
                                         .attempts_max = channel_.max_attempts},
                                        now + next.retry_in);
    if (then.kind == TimeVerdict::Kind::give_up) {
        next.disposition = Disposition::given_up;
        next.error = then.reason + "; the last: " + outcome.reason;
    }
    return next;
}

/// What the outcome says about the channel.
void Lane::apply(const Outcome& outcome) {
    const TimePoint now = parts_.clock.now();
    const bool paused = paused_until_ && *paused_until_ > now;
    // What was in flight when the provider asked to slow down says the same once more.
    const int throttled_before = std::max(throttled_in_a_row_ - (paused ? 1 : 0), 0);
    const LaneEffect effect = lane_effect(outcome, throttled_before, limits_.backoff);
    switch (effect.kind) {
        case LaneEffect::Kind::none:
            // A probe that proved nothing: the next is not due at once.
            if (stopped_) paused_until_ = std::max(paused_until_.value_or(now), now + probe_every);
            return;
        case LaneEffect::Kind::healthy:
            if (stopped_) log::info("channel works again", {{"channel", channel_.name}});
            stopped_.reset();
            throttled_in_a_row_ = 0;
            if (!paused) paused_until_.reset();
            return;
        case LaneEffect::Kind::pause:
            throttled_in_a_row_ = throttled_before + 1;
            log::warn("provider asks to slow down", {{"channel", channel_.name}, {"pause_s", effect.pause}});
            break;
        case LaneEffect::Kind::stop:
            if (!stopped_)
                log::error("channel stopped", {{"channel", channel_.name}, {"reason", outcome.reason}});
            stopped_ = outcome.reason;
            break;
    }
    const TimePoint until = now + effect.pause;
    paused_until_ = paused_until_ ? std::max(*paused_until_, until) : until;
}

void Lane::release(const Waiting& waiting) {
    window_.done(waiting);
    wakeup_.ring();
    if (missed_from()) parts_.on_room();
}

Lane::Backlog Lane::backlog() const {
    const TimePoint now = parts_.clock.now();
    Backlog backlog;
    const auto count = [&](const MessageKey& key) {
        if (key.send_date > now) return false;
        ++backlog.due;
        if (key.send_date != TimePoint::min()) backlog.lag = std::max(backlog.lag, now - key.send_date);
        return true;
    };
    for (const auto& [key, shard] : window_.taken()) count(key);
    for (const auto& [key, waiting] : window_.waiting()) {
        if (!count(key)) break;
    }
    return backlog;
}

Check Lane::check() const {
    const Backlog due = backlog();
    Check check{.name = "channel " + channel_.name};
    check.text = fmt::format("{}{} due, {} in flight, {} sent, {} given up", full() ? "over " : "", due.due,
                             window_.taken().size(), sent_, given_up_);
    if (stopped_) {
        check.health = Health::critical;
        check.text = fmt::format(
            "stopped: {}; its messages wait. Mend it and reload (SIGHUP); one message a minute "
            "probes it. {}",
            *stopped_, check.text);
    } else if (paused_until_ && *paused_until_ > parts_.clock.now()) {
        check.health = Health::warning;
        check.text = "slowed down by the provider; " + check.text;
    }
    check.measures = {{channel_.name + "_due", static_cast<double>(due.due), "", "", ""},
                      {channel_.name + "_sent", static_cast<double>(sent_), "c", "", ""}};
    return check;
}

}  // namespace postrider
