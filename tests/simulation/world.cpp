#include "tests/simulation/world.h"

#include <fmt/format.h>

namespace postrider::simulation {

void World::advance_to(TimePoint when) {
    now_ = std::max(now_, when);
    while (!events_.empty() && events_.begin()->first.first <= now_) {
        const auto event = events_.extract(events_.begin());
        event.mapped()();
    }
}

void World::tell(const std::string& what) const {
    if (!tells_story_) return;
    fmt::print("{:10.6f}  {}\n", std::chrono::duration<double>(now_ - start_).count(), what);
}

}  // namespace postrider::simulation
