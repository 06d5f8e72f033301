#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace postrider {

/// A time as a calendar and a clock on the wall show it.
struct CivilTime {
    std::chrono::local_time<std::chrono::microseconds> wall;
    std::optional<std::chrono::seconds> utc_offset;  ///< what the clock is ahead of UTC, if that is known
    std::string zone;                                ///< `CST`; may be empty
};

}  // namespace postrider
