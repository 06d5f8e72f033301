#pragma once

#include "tests/simulation/host.h"
#include "tests/simulation/provider.h"
#include "tests/simulation/world.h"

#include <deque>
#include <string>
#include <vector>

namespace postrider::simulation {

/// A message as it was put in, and what its writer did to it afterwards.
struct Planned {
    MessageId id = 0;  ///< 0: not in yet
    std::size_t route = 0;
    std::string destination;
    std::string text;
    TimePoint send_date;
    bool in_order = true;   ///< known to the daemons long before it was due
    bool touched = false;   ///< edited, postponed or deleted: what must come of it is not plain
    bool moved = false;     ///< postponed: its place in its conversation too
    std::string corrected;  ///< what it says since somebody corrected it
};

/// When something was wrong that delays messages.
struct Disturbance {
    TimePoint from;
    TimePoint to;
};

/// One run: what is put in, what goes wrong and when, all by the seed.
class Scenario {
public:
    Scenario(std::uint64_t seed, bool tells_story);

    /// Runs until nothing waits any more. Returns what was violated.
    std::vector<std::string> run();

private:
    void plan_routes();
    void plan_hosts();
    void plan_messages();
    void plan_troubles();
    void plan_trouble(Host& host, TimePoint when);
    void plan_ambush(Host& host);
    void delete_what_is_open();
    void freeze(Host& host, std::chrono::microseconds span);
    void cut(Host& host, std::chrono::microseconds span);
    void plan_meddling(std::size_t message);
    void insert(std::size_t message);
    void ring(MessageId id);
    void disturb(TimePoint from, std::chrono::microseconds span);
    void calm_down();

    bool turn();
    bool is_quiet() const;

    void check();
    void check_ends() const;
    void check_once() const;
    void check_order() const;
    void check_neighbours() const;
    std::vector<std::string> parts_of(const Planned& message, const std::string& text) const;
    std::vector<std::string> texts_of(const Planned& message) const;

    mutable World world_;
    std::deque<Provider> providers_;
    std::vector<Route> routes_;
    std::deque<Host> hosts_;
    std::vector<Planned> messages_;
    std::vector<Disturbance> disturbances_;
    TimePoint calm_at_;
    bool skews_ = false;
};

}  // namespace postrider::simulation
