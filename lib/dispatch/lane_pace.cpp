#include "lib/dispatch/lane_pace.h"

#include <algorithm>

namespace postrider {

namespace {

/// A part behind the first belongs to a message that was counted.
bool counts(const Waiting& waiting) { return waiting.message.next_part == 1; }

}  // namespace

LanePace::~LanePace() {
    for (const auto& rate : shared_) rate->forget(this);
}

void LanePace::set(const Channel& channel, double share, const SharedRates& shared) {
    const double per_second = channel.rate ? channel.rate->per_second() * share : 0;
    own_.set_rate(per_second, burst_for(per_second));
    cap_.set_max(channel.recipient_max);
    for (const auto& rate : shared_) rate->forget(this);
    shared_.clear();
    for (const std::string& name : channel.limits) shared_.push_back(shared.at(name));
}

TimePoint LanePace::next_at(TimePoint now) {
    TimePoint at = own_.next_at(now);
    for (const auto& rate : shared_) at = std::max(at, rate->next_at(this, now));
    return at;
}

TimePoint LanePace::next_to(const Waiting& waiting, TimePoint now) {
    return counts(waiting) ? cap_.next_at(waiting.recipient, now) : now;
}

void LanePace::spend(const Waiting& waiting, TimePoint now) {
    own_.spend(now);
    for (const auto& rate : shared_) rate->spend(this, now);
    if (counts(waiting)) cap_.spend(waiting.recipient, now);
}

void LanePace::set_cost(TimePoint now, double cost) { correct(now, cost - 1); }

void LanePace::give_back(const Waiting& waiting, TimePoint now, double cost) {
    correct(now, -cost);
    not_arrived(waiting);
}

void LanePace::not_arrived(const Waiting& waiting) {
    if (counts(waiting)) cap_.give_back(waiting.recipient);
}

void LanePace::correct(TimePoint now, double cost) {
    if (cost > 0) own_.spend(now, cost);
    if (cost < 0) own_.give_back(-cost);
    for (const auto& rate : shared_) rate->correct(now, cost);
}

}  // namespace postrider
