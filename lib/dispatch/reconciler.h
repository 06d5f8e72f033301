#pragma once

#include "lib/async/wakeup.h"
#include "lib/dispatch/intake.h"
#include "lib/dispatch/outbox.h"
#include "lib/dispatch/recorder.h"
#include "lib/health/check.h"

#include <cstdint>
#include <string>

namespace postrider {

/// Takes up attempts that a dead daemon left open, or this one (their message is in none of its
/// lanes): nobody knows whether the provider accepted them. Asks the transport; where that cannot tell, the channel's `on_doubt` decides.
class Reconciler {
public:
    Reconciler(Executor executor, Clock& clock, Random& random, Outbox& outbox, Recorder& recorder,
               const Lanes& lanes, const Lanes& retired);

    /// Works until cancelled.
    Task<> run();
    /// Shards came to us, or a peer died.
    void look() { wakeup_.ring(); }

    Check check() const;

private:
    Task<> resolve(OpenAttempt attempt);
    bool in_hand(MessageId id) const;

    Clock& clock_;
    Random& random_;
    Outbox& outbox_;
    Recorder& recorder_;
    const Lanes& lanes_;
    const Lanes& retired_;
    Wakeup wakeup_;
    std::size_t open_ = 0;
    std::uint64_t unresolved_ = 0;  // ended in doubt, since start
};

}  // namespace postrider
