#pragma once

#include "lib/store/database.h"

#include <functional>
#include <string>

namespace postrider {

struct MigrateOptions {
    bool notify = true;    ///< whether inserts ring the doorbell
    bool guard = true;     ///< whether a second sender is kept from what we have, and stale saves from ends
    bool dry_run = false;  ///< says what would be done, and does nothing
    std::string grant_to;  ///< a role that shall run the daemon, or none
};

/// Brings the database to this version: creates or adopts the message tables, and creates what is
/// ours beside them. Roles that run daemons keep what they need. Safe to run again, beside another migrator and beside a running site. `say`
/// hears each step. Blocks; throws DatabaseSetupError for what an operator must mend.
void migrate(const DatabaseSettings& settings, const MigrateOptions& options,
             const std::function<void(const std::string&)>& say);

/// Takes away all that is ours, and never a message table. Refuses while a daemon runs.
void uninstall(const DatabaseSettings& settings, bool dry_run,
               const std::function<void(const std::string&)>& say);

}  // namespace postrider
