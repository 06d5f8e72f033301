#pragma once

#include "lib/async/clock.h"

#include <optional>
#include <string>

namespace postrider {

/// Nothing of a channel leaves: somebody said so, or the database is not the one that Postrider was
/// installed on. Binds every daemon on the database; sends under way end.
struct Suspension {
    std::string channel;      ///< its name; empty: all channels
    bool copy_found = false;  ///< the database's own: it is a copy, or has failed over
    TimePoint since;
    std::optional<TimePoint> until;  ///< by itself it ends then
    std::string reason;              ///< in the operator's words; may be empty

    bool concerns(const std::string& name) const { return channel.empty() || channel == name; }
    bool over(TimePoint now) const { return until && *until <= now; }
    bool operator==(const Suspension&) const = default;
};

}  // namespace postrider
