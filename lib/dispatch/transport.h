#pragma once

#include "lib/async/task.h"
#include "lib/model/attempt.h"
#include "lib/model/outcome.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace postrider {

/// Asked once, just before the bytes that commit a send leave; false once this daemon's lease is
/// over. A transport that is refused sends nothing and answers `deferred`.
class Permit {
public:
    virtual ~Permit() = default;
    virtual bool granted() const = 0;
};

/// What a provider's own records say of an attempt in doubt.
enum class Finding { accepted, not_accepted, cannot_tell };

/// One way to a provider. Says what came of attempts; decides on no other, sees no database.
/// Used on the loop thread only.
class Transport {
public:
    virtual ~Transport() = default;

    /// How many requests one call may carry.
    virtual std::size_t batch_max() const { return 1; }
    /// For how long the provider recognises an idempotency key of ours that comes again (0: never).
    virtual std::chrono::seconds idempotency_window() const { return std::chrono::seconds{0}; }

    /// One outcome for each request, in order. Throws for bugs only: what a provider or a network
    /// does is an outcome. `permit` outlives the await. Cancelled, it leaves nothing running.
    virtual Task<std::vector<Outcome>> send(std::vector<PreparedRequest> requests, const Permit& permit) = 0;

    /// Looks an attempt up at the provider; by default there is nothing to ask.
    virtual Task<Finding> find(OpenAttempt attempt);
};

}  // namespace postrider
