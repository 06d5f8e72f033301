#pragma once

#include "lib/async/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// A moment as RFC 3339 writes it, `2026-01-31T09:00:00Z` or `…09:00:00.5+01:00`; also with a blank
/// for the T, without seconds, with `+0100` or `+01`. Without an offset it is UTC. nullopt for all
/// else, and for dates that do not exist.
std::optional<TimePoint> parse_iso_time(std::string_view text);

/// The other way round: `2026-01-31T09:00:00.000000Z`.
std::string to_iso_time(TimePoint moment);

}  // namespace postrider
