#pragma once

#include "lib/async/clock.h"

#include <optional>
#include <string>

namespace postrider {

/// Which end of a span of time a text says.
enum class BoundSide { first, last };

/// The moment that an operator means, by the clocks of `zone` unless he says his distance to UTC: a date alone
/// is its first moment, or its last, since bounds are inclusive; a duration is so long ago. nullopt for what is none.
std::optional<TimePoint> parse_time_bound(const std::string& text, BoundSide side, const std::string& zone);

/// The same for a pair of options; empty ones are no bounds. Complains on standard error, for `command`, and
/// returns false where one cannot be read, or they are the wrong way round.
bool read_time_bounds(const std::string& command, const std::string& from, const std::string& to,
                      const std::string& zone, std::optional<TimePoint>& first,
                      std::optional<TimePoint>& last);

}  // namespace postrider
