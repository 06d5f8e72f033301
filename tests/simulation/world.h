#pragma once

#include "tests/simulation/chance.h"
#include "tests/simulation/rights.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_database.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace postrider::simulation {

/// What everybody shares: true time, chance, the database server, and what is to happen when.
/// Outlives daemons and providers.
class World final : public Clock {
public:
    World(std::uint64_t seed, bool tells_story) : chance(seed), tells_story_(tells_story) {}

    TimePoint now() const override { return now_; }
    /// Nobody sleeps by the world's clock: daemons have their own.
    Task<> sleep_until(TimePoint) override { co_return; }

    void at(TimePoint when, std::function<void()> what) {
        events_.emplace(std::pair{std::max(when, now_), next_event_++}, std::move(what));
    }
    void in(std::chrono::microseconds span, std::function<void()> what) { at(now_ + span, std::move(what)); }
    TimePoint next_event() const { return events_.empty() ? TimePoint::max() : events_.begin()->first.first; }
    /// Moves on to `when`, which is no later than the next event, and lets what is due happen.
    void advance_to(TimePoint when);

    /// A line of the run's story, if somebody wants to read it.
    void tell(const std::string& what) const;

    /// Something that users must never see.
    void violation(std::string what) {
        tell("VIOLATION: " + what);
        violations.push_back(std::move(what));
    }

    Chance chance;
    testing::MemoryDatabase database{*this};
    Rights rights;
    /// Messages of which the database has been told that their last part was accepted.
    std::set<MessageId> told_sent;
    /// The server answers nobody.
    bool database_away = false;
    std::vector<std::string> violations;

private:
    bool tells_story_;
    TimePoint now_{std::chrono::seconds{1893456000}};
    const TimePoint start_ = now_;
    std::map<std::pair<TimePoint, std::uint64_t>, std::function<void()>> events_;
    std::uint64_t next_event_ = 0;
};

}  // namespace postrider::simulation
