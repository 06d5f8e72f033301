#pragma once

#include "lib/dispatch/recipient_cap.h"
#include "lib/dispatch/shared_rate.h"
#include "lib/dispatch/waiting.h"
#include "lib/model/channel.h"

#include <memory>
#include <string>
#include <vector>

namespace postrider {

/// How fast a lane may go: its channel's rate, those that it shares with others, and what its recipients
/// may get. Pure: time comes in as an argument.
class LanePace {
public:
    LanePace() = default;
    LanePace(const LanePace&) = delete;
    LanePace& operator=(const LanePace&) = delete;
    ~LanePace();

    /// `share`: how much of the channel's rate is this daemon's, from 0 to 1. What was spent stays.
    void set(const Channel& channel, double share, const SharedRates& shared);

    /// The first moment at which one more message may go. Asked when there is one: of rates that are
    /// shared, that moment is then this lane's.
    TimePoint next_at(TimePoint now);
    /// The same for its recipient, when it is not a part or a try of something that was counted.
    TimePoint next_to(const Waiting& waiting, TimePoint now);
    void spend(const Waiting& waiting, TimePoint now);
    /// It costs as much, and not 1.
    void set_cost(TimePoint now, double cost);
    /// It did not go after all; `cost`: what it has cost.
    void give_back(const Waiting& waiting, TimePoint now, double cost);
    /// It went, and did not arrive.
    void not_arrived(const Waiting& waiting);

    /// Recipients who got as much as they may, and for whom something waits now.
    std::size_t capped(TimePoint now) const { return cap_.reached(now); }

private:
    void correct(TimePoint now, double cost);

    RateLimiter own_;
    std::vector<std::shared_ptr<SharedRate>> shared_;
    RecipientCap cap_;
};

}  // namespace postrider
