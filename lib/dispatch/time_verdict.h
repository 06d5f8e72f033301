#pragma once

#include "lib/async/clock.h"

#include <chrono>
#include <optional>
#include <string>

namespace postrider {

/// All that decides when a message may go.
struct TimeFacts {
    TimePoint send_date;
    /// When this daemon first saw the row, and for how long a row rests after that.
    TimePoint first_seen;
    std::chrono::milliseconds settle{0};
    bool ready = false;  ///< declared complete: needs no rest
    int failed_attempts = 0;
    std::optional<TimePoint> retry_at = {};
    std::chrono::seconds expire_after{0};  ///< how long after send_date it is still tried again
    unsigned attempts_max = 0;             ///< 0: no limit
    /// When an operator asked for another try: `expire_after` counts from then.
    std::optional<TimePoint> retried = {};
    /// From then on it is of no use to anybody: never sent, tried before or not.
    std::optional<TimePoint> expires_at = {};
};

struct TimeVerdict {
    enum class Kind {
        go,       ///< not before `not_before`
        give_up,  ///< never any more; errored with `reason`
    };
    Kind kind = Kind::go;
    TimePoint not_before;
    std::string reason;  ///< what it waits for, or why it is given up
};

/// The one place that says when a message may go.
TimeVerdict judge_time(const TimeFacts& facts, TimePoint now);

}  // namespace postrider
