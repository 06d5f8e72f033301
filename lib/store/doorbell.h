#pragma once

#include "lib/async/clock.h"
#include "lib/health/check.h"
#include "lib/store/database.h"

#include <functional>
#include <memory>

namespace postrider {

/// Hears NOTIFY postrider_due and postrider_suspensions on a connection of its own, watched by the loop, and rings itself
/// every few seconds through another connection: so a link that died without a word is noticed.
class Doorbell {
public:
    struct Hooks {
        std::function<void(TimePoint from)> on_ring;  ///< rows due from then on have come
        std::function<void(bool works)> on_state;
        std::function<void()> on_suspensions;  ///< somebody suspended a channel, or let one go on
    };
    virtual ~Doorbell() = default;
    /// Listens, reconnecting, until cancelled.
    virtual Task<> run() = 0;
    virtual Check check() const = 0;
};

/// `database` makes the connection, and is what the echo is sent through.
std::unique_ptr<Doorbell> make_doorbell(Executor executor, Database& database, Doorbell::Hooks hooks);

}  // namespace postrider
