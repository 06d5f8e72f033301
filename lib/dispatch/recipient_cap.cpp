#include "lib/dispatch/recipient_cap.h"

#include <algorithm>

namespace postrider {

namespace {

constexpr std::size_t forget_at_least = 1024;

}  // namespace

void RecipientCap::set_max(std::optional<Rate> max) {
    max_ = max;
    if (!max_) {
        buckets_.clear();
        reached_.clear();
    }
    for (auto& [recipient, bucket] : buckets_) set_rate(bucket);
}

TimePoint RecipientCap::next_at(const RecipientId& recipient, TimePoint now) {
    const auto found = buckets_.find(recipient);
    if (found == buckets_.end()) return now;
    const TimePoint at = found->second.next_at(now);
    if (at > now) reached_[recipient] = at;
    return at;
}

void RecipientCap::spend(const RecipientId& recipient, TimePoint now) {
    if (!max_) return;
    forget_full(now);
    const auto [found, is_new] = buckets_.try_emplace(recipient);
    if (is_new) set_rate(found->second);
    found->second.spend(now);
}

void RecipientCap::give_back(const RecipientId& recipient) {
    const auto found = buckets_.find(recipient);
    if (found != buckets_.end()) found->second.give_back();
}

std::size_t RecipientCap::reached(TimePoint now) const {
    return static_cast<std::size_t>(std::count_if(reached_.begin(), reached_.end(),
                                                  [now](const auto& each) { return each.second > now; }));
}

void RecipientCap::set_rate(RateLimiter& bucket) const {
    bucket.set_rate(max_->per_second(), max_->messages);
}

/// Now and then, so that it costs next to nothing for each message.
void RecipientCap::forget_full(TimePoint now) {
    if (buckets_.size() < forget_at_) return;
    std::erase_if(buckets_, [now](const auto& each) { return each.second.is_full(now); });
    std::erase_if(reached_, [now](const auto& each) { return each.second <= now; });
    forget_at_ = std::max(forget_at_least, 2 * buckets_.size());
}

}  // namespace postrider
