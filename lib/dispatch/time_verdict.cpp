#include "lib/dispatch/time_verdict.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider {

namespace {

/// send_date may be -infinity, which is the smallest moment there is.
TimePoint add(TimePoint moment, std::chrono::microseconds span) {
    return moment > TimePoint::max() - span ? TimePoint::max() : moment + span;
}

std::string tries(int count) { return fmt::format("{} {}", count, count == 1 ? "try" : "tries"); }

}  // namespace

TimeVerdict judge_time(const TimeFacts& facts, TimePoint now) {
    if (facts.expires_at && *facts.expires_at <= now) {
        return {TimeVerdict::Kind::give_up, now, "expired: expires_at in its metadata has passed"};
    }
    if (facts.failed_attempts > 0) {
        const TimePoint from = std::max(facts.send_date, facts.retried.value_or(facts.send_date));
        // Only what has failed expires: a message that was never tried is sent however late.
        if (add(from, facts.expire_after) <= now) {
            return {TimeVerdict::Kind::give_up, now,
                    fmt::format("expired: not accepted by the provider within {} s of its send date, in {}",
                                facts.expire_after.count(), tries(facts.failed_attempts))};
        }
        if (facts.attempts_max != 0 && static_cast<unsigned>(facts.failed_attempts) >= facts.attempts_max) {
            return {TimeVerdict::Kind::give_up, now,
                    fmt::format("given up after {} (max_attempts)", tries(facts.failed_attempts))};
        }
    }
    TimeVerdict verdict{TimeVerdict::Kind::go, facts.send_date, "its send date"};
    if (!facts.ready) {
        const TimePoint settled = add(facts.first_seen, facts.settle);
        if (settled > verdict.not_before) verdict = {TimeVerdict::Kind::go, settled, "settling"};
    }
    if (facts.retry_at && *facts.retry_at > verdict.not_before) {
        verdict = {TimeVerdict::Kind::go, *facts.retry_at, "its next try"};
    }
    return verdict;
}

}  // namespace postrider
