#pragma once

#include "lib/dispatch/outbox.h"
#include "lib/model/channel.h"
#include "lib/schedule/backoff.h"

namespace postrider {

/// What an attempt's outcome means for its message.
struct FollowUp {
    Disposition disposition = Disposition::waiting;
    int failed_attempts = 0;
    std::chrono::milliseconds retry_in{0};  ///< when waiting
    std::string error;                      ///< when given up: for the metadata's `error`
};

/// `failed_before`: attempts that had failed until then; `chance` in [0, 1) is the jitter.
FollowUp follow_up(const Outcome& outcome, const Channel& channel, int failed_before, const Backoff& backoff,
                   double chance);

/// How often a lane that has stopped tries whether it works again.
inline constexpr std::chrono::minutes probe_every{1};

/// What an outcome means for the lane.
struct LaneEffect {
    enum class Kind {
        healthy,  ///< the provider accepts
        none,     ///< says nothing about the channel
        pause,    ///< slower: nothing leaves for a while
        stop,     ///< nothing leaves but a probe now and then
    };
    Kind kind = Kind::none;
    std::chrono::milliseconds pause{0};
};

/// `throttled_before`: how often in a row the provider has asked to slow down until then.
LaneEffect lane_effect(const Outcome& outcome, int throttled_before, const Backoff& backoff);

}  // namespace postrider
