#pragma once

#include "lib/async/clock.h"
#include "lib/model/channel.h"
#include "lib/model/hash.h"
#include "lib/schedule/rate_limiter.h"

#include <cstddef>
#include <optional>
#include <unordered_map>

namespace postrider {

/// How many messages one recipient may get in a while: against applications that run in a circle. Each
/// has as many at once as the rate has in its period, and the next when their share of it has passed.
/// What was counted is lost with the process. Pure: time comes in as an argument.
class RecipientCap {
public:
    /// nullopt: no limit. What was counted so far stays.
    void set_max(std::optional<Rate> max);

    /// The first moment at which one more may go to `recipient`.
    TimePoint next_at(const RecipientId& recipient, TimePoint now);
    void spend(const RecipientId& recipient, TimePoint now);
    /// It did not arrive.
    void give_back(const RecipientId& recipient);

    /// Recipients for whom something waits now.
    std::size_t reached(TimePoint now) const;

private:
    void set_rate(RateLimiter& bucket) const;
    void forget_full(TimePoint now);

    std::optional<Rate> max_;
    std::unordered_map<RecipientId, RateLimiter, PartOfHash> buckets_;  // of those that got something lately
    std::size_t forget_at_ = 0;                                         // so many buckets
    std::unordered_map<RecipientId, TimePoint, PartOfHash> reached_;    // and until when
};

}  // namespace postrider
