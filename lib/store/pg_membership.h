#pragma once

#include "lib/dispatch/membership_store.h"
#include "lib/store/database.h"

#include <memory>

namespace postrider {

/// The ledger of daemons in PostgreSQL, on a connection of its own: it holds the session-level
/// advisory lock that dies with the process or the link.
class PgMembership : public MembershipStore {
public:
    /// This daemon's name while it has one, else 0.
    virtual DaemonId daemon() const = 0;
    /// Cuts off calls that hang. Runs until cancelled.
    virtual Task<> watch() = 0;
    /// Cuts off all calls now; those that come later fail.
    virtual void close() = 0;
};

/// `version` is written beside the daemon's name, for people. `executor` is the loop's.
std::unique_ptr<PgMembership> make_pg_membership(Executor executor, DatabaseSettings settings);

}  // namespace postrider
