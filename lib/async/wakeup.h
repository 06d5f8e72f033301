#pragma once

#include "lib/async/clock.h"

#include <boost/asio/steady_timer.hpp>

namespace postrider {

/// "Look now": rung by anybody on the loop thread, awaited by one task. A ring while nobody waits
/// is kept, so none is missed; several rings are one.
class Wakeup {
public:
    explicit Wakeup(const Executor& executor);

    void ring();
    /// Comes back at once if rung since the last wait.
    Task<> wait();
    /// Comes back when rung, or at `when` by `clock`.
    Task<> wait_until(Clock& clock, TimePoint when);

private:
    boost::asio::steady_timer timer_;  // never expires; a ring cancels the wait
    bool rung_ = false;
};

}  // namespace postrider
