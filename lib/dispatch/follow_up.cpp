#include "lib/dispatch/follow_up.h"

namespace postrider {

FollowUp follow_up(const Outcome& outcome, const Channel& channel, const Attempted& attempted,
                   const Backoff& backoff, double chance) {
    const int failed_before = attempted.failed_before;
    const auto again = [&](int failures) {
        auto wait = wait_after(backoff, std::max(failures, 1), chance);
        if (outcome.retry_after) wait = std::max<std::chrono::milliseconds>(wait, *outcome.retry_after);
        FollowUp next;
        next.failed_attempts = failures;
        next.retry_in = wait;
        next.repeats_key = attempted.repeated_key;
        return next;
    };
    const auto ends = [&](Disposition disposition, std::string error = "") {
        FollowUp next;
        next.disposition = disposition;
        next.failed_attempts = failed_before;
        next.error = std::move(error);
        return next;
    };
    switch (outcome.verdict) {
        case Verdict::sent: {
            if (attempted.last_part) return ends(Disposition::sent);
            FollowUp next;  // each part has its own tries
            next.disposition = Disposition::next_part;
            return next;
        }
        case Verdict::rejected:
            return ends(Disposition::given_up,
                        attempted.repeated_key
                            ? "in doubt: an earlier try may have been accepted; the last: " + outcome.reason
                            : outcome.reason);
        case Verdict::deferred: return again(failed_before + (attempted.channel_fails ? 0 : 1));
        case Verdict::throttled:        // blames the pace,
        case Verdict::misconfigured: {  // or the channel: costs the message no attempt
            FollowUp next = ends(Disposition::waiting);
            next.repeats_key = attempted.repeated_key;
            return next;
        }
        case Verdict::in_doubt: break;
    }
    if (attempted.remedy == Remedy::repeat_key) {
        FollowUp next = again(failed_before + 1);
        next.repeats_key = true;
        return next;
    }
    if (attempted.remedy == Remedy::ask_provider) return ends(Disposition::in_doubt);
    if (channel.on_doubt == OnDoubt::resend) return again(failed_before + 1);
    return ends(
        Disposition::given_up,
        "in doubt: the provider may have accepted it, so it is not sent again (" + outcome.reason + ")");
}

FollowUp follow_up_in_time(const Outcome& outcome, const Channel& channel, const Attempted& attempted,
                           const Backoff& backoff, double chance, TimeFacts facts, TimePoint now) {
    FollowUp next = follow_up(outcome, channel, attempted, backoff, chance);
    const bool failed = next.failed_attempts > attempted.failed_before;
    if (next.disposition != Disposition::waiting || !failed) return next;
    facts.failed_attempts = next.failed_attempts;
    facts.expire_after = channel.expire_after;
    facts.attempts_max = channel.max_attempts;
    const TimeVerdict then = judge_time(facts, now + next.retry_in);
    if (then.kind != TimeVerdict::Kind::give_up) return next;
    next.disposition = Disposition::given_up;
    next.error = then.reason + "; the last: " + outcome.reason;
    if (outcome.verdict == Verdict::in_doubt) next.error = "in doubt, and " + next.error;
    next.repeats_key = false;
    return next;
}

AttemptResult make_result(AttemptId attempt, MessageId message, Outcome outcome, const FollowUp& next,
                          TimePoint now) {
    if (!next.error.empty()) outcome.metadata["error"] = next.error;
    AttemptResult result;
    result.attempt_id = attempt;
    result.message_id = message;
    result.outcome = std::move(outcome);
    result.disposition = next.disposition;
    result.ended = now;
    result.failed_attempts = next.failed_attempts;
    result.retry_at = now + next.retry_in;
    result.repeats_key = next.repeats_key;
    return result;
}

}  // namespace postrider
