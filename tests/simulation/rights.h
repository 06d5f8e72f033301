#pragma once

#include "lib/async/clock.h"
#include "lib/model/attempt.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace postrider::simulation {

/// Who may send what, as an onlooker at the database knows it: noted down as claims are granted and
/// heartbeats come in, and looked at when the bytes of a request leave.
class Rights {
public:
    /// `row_text`: what the row said then, which is what may leave.
    void grant(AttemptId attempt, DaemonId daemon, std::string row_text) {
        granted_[attempt] = {daemon, std::move(row_text)};
    }
    bool knows(AttemptId attempt) const { return granted_.contains(attempt); }
    void extend_lease(DaemonId daemon, TimePoint until) { leases_[daemon] = until; }

    /// Why this request must not leave at `now`, if so. Longer texts go in parts of `units_max`.
    std::optional<std::string> objection(const PreparedRequest& request, std::size_t units_max,
                                         TimePoint now) const;

private:
    struct Right {
        DaemonId daemon = 0;
        std::string row_text;
    };
    std::map<AttemptId, Right> granted_;
    std::map<DaemonId, TimePoint> leases_;  // one that has been declared dead gets none any more
};

}  // namespace postrider::simulation
