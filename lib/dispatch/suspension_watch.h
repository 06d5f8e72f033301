#pragma once

#include "lib/async/wakeup.h"
#include "lib/dispatch/intake.h"
#include "lib/dispatch/outbox.h"
#include "lib/health/check.h"

#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// Learns what is suspended, and tells the lanes. That is a courtesy: were it late, or wrong, no
/// claim would be granted all the same.
class SuspensionWatch {
public:
    /// Both outlive it. What it knows holds on while the database is away.
    SuspensionWatch(const Executor& executor, Clock& clock, Outbox& outbox, const Lanes& lanes);

    /// Looks every other second, and when told to, until cancelled.
    Task<> run();
    void look() { wakeup_.ring(); }
    /// Lanes came or went.
    void tell_lanes();

    /// About all channels as a whole; nothing if they are not suspended.
    std::optional<Check> check() const;

private:
    Clock& clock_;
    Outbox& outbox_;
    const Lanes& lanes_;
    Wakeup wakeup_;
    std::vector<Suspension> suspensions_;
};

}  // namespace postrider
