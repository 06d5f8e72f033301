#pragma once

#include "lib/async/deadline.h"
#include "lib/async/wakeup.h"

namespace postrider {

/// Why a run was not let to its end.
enum class Halt { none, timed_out, stopped };

/// Comes back once the time-out is over (never, if it is 0), or `stop` rings, with the reason in `why`.
inline Task<> halt(std::chrono::milliseconds timeout, Wakeup& stop, Halt& why) {
    if (timeout.count() == 0) {
        co_await stop.wait();
        why = Halt::stopped;
        co_return;
    }
    const bool stopped = co_await ends_within(timeout, stop.wait());
    why = stopped ? Halt::stopped : Halt::timed_out;
}

}  // namespace postrider
