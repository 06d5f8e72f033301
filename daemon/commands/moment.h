#pragma once

#include "lib/async/clock.h"

#include <optional>
#include <string>

namespace postrider {

/// The moment that is so long ago as a duration such as `2h` says; nullopt for what is none.
std::optional<TimePoint> moment_ago(const std::string& duration);

/// A moment as PostgreSQL reads it, of what somebody wrote: `2h` is two hours ago, all else stays as it is.
std::string moment_of(const std::string& text);

}  // namespace postrider
