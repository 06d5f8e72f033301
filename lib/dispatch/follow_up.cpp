#include "lib/dispatch/follow_up.h"

namespace postrider {

FollowUp follow_up(const Outcome& outcome, const Channel& channel, int failed_before, const Backoff& backoff,
                   double chance) {
    const auto again = [&](int failures) {
        auto wait = wait_after(backoff, std::max(failures, 1), chance);
        if (outcome.retry_after) wait = std::max<std::chrono::milliseconds>(wait, *outcome.retry_after);
        return FollowUp{Disposition::waiting, failures, wait, ""};
    };
    switch (outcome.verdict) {
        case Verdict::sent: return {Disposition::sent, failed_before, {}, ""};
        case Verdict::rejected: return {Disposition::given_up, failed_before, {}, outcome.reason};
        case Verdict::deferred: return again(failed_before + 1);
        case Verdict::throttled:      // blames the pace,
        case Verdict::misconfigured:  // or the channel: costs the message no attempt
            return {Disposition::waiting, failed_before, {}, ""};
        case Verdict::in_doubt:
            if (channel.on_doubt == OnDoubt::resend) return again(failed_before + 1);
            return {Disposition::given_up,
                    failed_before,
                    {},
                    "in doubt: the provider may have accepted it, so it is not sent again (" +
                        outcome.reason + ")"};
    }
    return again(failed_before + 1);
}

LaneEffect lane_effect(const Outcome& outcome, int throttled_before, const Backoff& backoff) {
    switch (outcome.verdict) {
        case Verdict::sent: return {LaneEffect::Kind::healthy, {}};
        case Verdict::throttled: {
            // Without jitter: one lane, one pause.
            auto pause = wait_after(backoff, throttled_before + 1, 1.0);
            if (outcome.retry_after) pause = *outcome.retry_after;
            return {LaneEffect::Kind::pause, pause};
        }
        case Verdict::misconfigured: return {LaneEffect::Kind::stop, probe_every};
        case Verdict::rejected:
        case Verdict::deferred:
        case Verdict::in_doubt: return {LaneEffect::Kind::none, {}};
    }
    return {};
}

}  // namespace postrider
