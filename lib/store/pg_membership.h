#pragma once

#include "lib/dispatch/membership_store.h"
#include "lib/store/database.h"

#include <memory>

namespace postrider {

/// What a daemon is there for.
enum class DaemonPart {
    all,
    jobs,  ///< it runs jobs and sends nothing: no shard is ever its own, and no share of a rate
};

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

/// `executor` is the loop's.
std::unique_ptr<PgMembership> make_pg_membership(Executor executor, DatabaseSettings settings,
                                                 DaemonPart part = DaemonPart::all);

}  // namespace postrider
