#pragma once

#include "lib/dispatch/outbox.h"
#include "lib/dispatch/time_verdict.h"
#include "lib/model/channel.h"
#include "lib/schedule/backoff.h"

namespace postrider {

/// What helps against a doubt, other than giving up.
enum class Remedy {
    none,
    repeat_key,    ///< the provider recognises the request's key when it comes again
    ask_provider,  ///< the provider keeps records that will tell
};

/// An attempt that has ended, as far as it bears on what follows.
struct Attempted {
    int failed_before = 0;  ///< attempts that had failed until then
    bool last_part = true;
    /// It repeated a key, because an earlier try may have been accepted. Whatever this one came to,
    /// short of acceptance, says nothing of that one: the key must be repeated on.
    bool repeated_key = false;
    Remedy remedy = Remedy::none;
    /// It failed as all do: a refusal of the channel that costs the message no try.
    bool channel_fails = false;
};

/// What an attempt's outcome means for its message.
struct FollowUp {
    Disposition disposition = Disposition::waiting;
    int failed_attempts = 0;
    std::chrono::milliseconds retry_in{0};  ///< when waiting
    std::string error;                      ///< when given up: for the metadata's `error`
    bool repeats_key = false;               ///< when waiting: under the same idempotency key
};

/// `chance` in [0, 1) is the jitter.
FollowUp follow_up(const Outcome& outcome, const Channel& channel, const Attempted& attempted,
                   const Backoff& backoff, double chance);

/// The same, but a next try that would come too late by the verdict on time is none. Of `facts`
/// only what bears on expiry counts.
FollowUp follow_up_in_time(const Outcome& outcome, const Channel& channel, const Attempted& attempted,
                           const Backoff& backoff, double chance, TimeFacts facts, TimePoint now);

/// What is recorded of the attempt, but for what is known of its row.
AttemptResult make_result(AttemptId attempt, MessageId message, Outcome outcome, const FollowUp& next,
                          TimePoint now);

}  // namespace postrider
