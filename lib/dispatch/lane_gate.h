#pragma once

#include "lib/health/status_messages.h"
#include "lib/model/message.h"
#include "lib/model/outcome.h"
#include "lib/schedule/backoff.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>

namespace postrider {

/// How often a channel that has stopped tries whether it works again.
inline constexpr std::chrono::minutes probe_every{1};

/// When failures are the channel's and not the messages': so many in a row, of so many messages, for
/// so long, with nothing accepted in between. Sporadic ones, however many, are not constant.
struct BreakerLimits {
    int failures = 10;
    std::size_t messages = 5;
    std::chrono::milliseconds span{2000};
    /// Between probes; the wait doubles while they fail.
    Backoff probe{std::chrono::seconds{1}, std::chrono::minutes{1}};
};

/// How far a lane is open, by what its provider's answers say of the channel:
/// - slowed down: it asked for that, so nothing starts for a while; then one call, and with each that
///   is accepted one more, up to half of what there was, from there on one more for each round;
/// - stopped: it refuses us, credentials or settings are wrong; a probe a minute until one is accepted;
/// - broken: constant failure; probes until one is accepted.
/// Pure: time comes in as an argument.
class LaneGate {
public:
    /// `backoff`: of the pauses that a provider asks for without saying how long.
    LaneGate(std::string channel, const Backoff& backoff, const BreakerLimits& breaker = {});

    /// What came of a call, or of the part of it that was this message's: one of `of_call`.
    void apply(const Outcome& outcome, MessageId message, std::size_t of_call, TimePoint now);
    /// New settings: as if nothing had happened.
    void reset();

    /// Calls that may be in flight at most, were all well; at least 1.
    void set_calls_max(std::size_t calls);
    /// And as it is; while probing, one that carries one message.
    std::size_t calls_max() const;
    bool probing() const { return stopped_ || broken_; }
    /// Constant failure: nobody can blame a message for its own.
    bool broken() const { return broken_; }
    /// From then on calls may start; nullopt: now.
    std::optional<TimePoint> closed_until(TimePoint now) const;

    /// What operators should know; nullopt when all is well.
    struct Trouble {
        const StatusMessage& message;
        std::string text;
    };
    std::optional<Trouble> trouble(TimePoint now) const;

private:
    void on_sent(std::size_t of_call);
    void on_throttled(const Outcome& outcome, TimePoint now);
    void on_failed(const Outcome& outcome, MessageId message, TimePoint now);
    void pause_until(TimePoint until);
    bool paused(TimePoint now) const { return paused_until_ > now; }
    void slow_down();

    std::string channel_;
    Backoff backoff_;
    BreakerLimits breaker_;
    std::size_t calls_max_ = 1;
    double calls_now_ = 1;   // between 1 and calls_max_
    double calls_safe_ = 1;  // up to there it grows fast
    TimePoint paused_until_ = TimePoint::min();
    int throttled_in_a_row_ = 0;
    std::optional<std::string> stopped_;
    // Since something was accepted:
    int failures_ = 0;
    std::optional<TimePoint> failing_since_;
    std::set<MessageId> failing_;  // no more than breaker_.messages
    std::string failure_;
    bool broken_ = false;
    int failed_probes_ = 0;
};

}  // namespace postrider
