#include "lib/dispatch/lane_gate.h"

#include "lib/health/status_messages.h"
#include "lib/log/log.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider {

LaneGate::LaneGate(std::string channel, const Backoff& backoff, const BreakerLimits& breaker)
    : channel_(std::move(channel)), backoff_(backoff), breaker_(breaker) {}

void LaneGate::reset() {
    calls_now_ = static_cast<double>(calls_max_);
    paused_until_ = TimePoint::min();
    throttled_in_a_row_ = 0;
    stopped_.reset();
    failures_ = 0;
    failing_since_.reset();
    failing_.clear();
    broken_ = false;
    failed_probes_ = 0;
}

void LaneGate::set_calls_max(std::size_t calls) {
    const bool at_most = calls_now_ >= static_cast<double>(calls_max_);
    calls_max_ = std::max<std::size_t>(calls, 1);
    const auto most = static_cast<double>(calls_max_);
    calls_now_ = at_most ? most : std::min(calls_now_, most);
}

std::size_t LaneGate::calls_max() const { return probing() ? 1 : static_cast<std::size_t>(calls_now_); }

std::optional<TimePoint> LaneGate::closed_until(TimePoint now) const {
    return paused(now) ? std::optional(paused_until_) : std::nullopt;
}

void LaneGate::apply(const Outcome& outcome, MessageId message, std::size_t of_call, TimePoint now) {
    switch (outcome.verdict) {
        case Verdict::sent: return on_sent(of_call);
        case Verdict::throttled: return on_throttled(outcome, now);
        case Verdict::misconfigured:
            if (!stopped_) log::error("channel stopped", {{"channel", channel_}, {"reason", outcome.reason}});
            stopped_ = outcome.reason;
            slow_down();
            return pause_until(now + probe_every);
        case Verdict::deferred:
        case Verdict::in_doubt: on_failed(outcome, message, now); break;
        case Verdict::rejected: break;  // says nothing of the channel: often it was never asked
    }
    if (paused(now)) return;
    // A probe that proved nothing: the next is not due at once.
    if (stopped_) pause_until(now + probe_every);
    if (broken_) pause_until(now + breaker_.probe.first);
}

void LaneGate::on_sent(std::size_t of_call) {
    if (probing()) log::info("channel works again", {{"channel", channel_}});
    if (broken_) paused_until_ = TimePoint::min();
    stopped_.reset();
    broken_ = false;
    failed_probes_ = 0;
    failures_ = 0;
    failing_since_.reset();
    failing_.clear();
    throttled_in_a_row_ = 0;
    const double step = calls_now_ < calls_safe_ ? 1 : 1 / calls_now_;
    calls_now_ = std::min(calls_now_ + step / static_cast<double>(of_call), static_cast<double>(calls_max_));
}

void LaneGate::on_throttled(const Outcome& outcome, TimePoint now) {
    // What was in flight when the provider asked to slow down says the same once more.
    if (!paused(now)) {
        ++throttled_in_a_row_;
        slow_down();
    }
    // Without jitter: one lane, one pause.
    std::chrono::milliseconds pause = wait_after(backoff_, throttled_in_a_row_, 1.0);
    if (outcome.retry_after) pause = *outcome.retry_after;
    log::warn("provider asks to slow down", {{"channel", channel_}, {"pause_s", pause}});
    pause_until(now + pause);
}

void LaneGate::on_failed(const Outcome& outcome, MessageId message, TimePoint now) {
    failure_ = outcome.reason;
    if (broken_) {
        if (paused(now)) return;  // it was in flight before
        pause_until(now + wait_after(breaker_.probe, ++failed_probes_ + 1, 1.0));
        return;
    }
    ++failures_;
    if (failing_.size() < breaker_.messages) failing_.insert(message);
    if (!failing_since_) failing_since_ = now;
    if (stopped_ || failures_ < breaker_.failures || failing_.size() < breaker_.messages ||
        now - *failing_since_ < breaker_.span)
        return;
    log::error("channel fails constantly", {{"channel", channel_}, {"reason", failure_}});
    broken_ = true;
    slow_down();
    pause_until(now + breaker_.probe.first);
}

void LaneGate::pause_until(TimePoint until) { paused_until_ = std::max(paused_until_, until); }

void LaneGate::slow_down() {
    calls_safe_ = std::max(calls_now_ / 2, 1.0);
    calls_now_ = 1;
}

std::optional<LaneGate::Trouble> LaneGate::trouble(TimePoint now) const {
    if (stopped_) return Trouble{status::channel_stopped, words<status::channel_stopped>(*stopped_)};
    if (broken_) return Trouble{status::channel_failing, words<status::channel_failing>(failure_)};
    if (paused(now)) return Trouble{status::channel_slowed, words<status::channel_slowed>()};
    return std::nullopt;
}

}  // namespace postrider
