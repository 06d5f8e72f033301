#pragma once

#include "lib/async/clock.h"
#include "lib/model/message.h"
#include "lib/model/private.h"
#include "lib/store/database.h"

#include <string>

namespace postrider {

/// Which database this is: a copy elsewhere has another one, a standby that took over has the same.
struct DatabaseIdentity {
    std::string system_identifier;  ///< of the cluster; empty if the role may not ask
    long long database_id = 0;      ///< within it

    friend bool operator==(const DatabaseIdentity&, const DatabaseIdentity&) = default;
};

/// What a migrated database says about itself.
struct Installation {
    std::string site_schema;  ///< where the site's tables are
    Secret hash_salt;
    TimePoint installed;            ///< when Postrider first came here
    MessageId last_message_id = 0;  ///< the newest message then
    bool has_lookup_keys = false;   ///< older sites' messages have none
    bool incoming_has_lookup_keys = false;
    std::string migrated_on;    ///< the system identifier then; empty: not known
    DatabaseIdentity database;  ///< as it is now
    TimePoint now;              ///< the database's clock, and when that was read
    std::chrono::steady_clock::time_point read_at;
};

/// The first statement of each session of a daemon: on a copy of the database that Postrider was
/// installed on, or one that has failed over, it suspends all channels.
inline constexpr const char* suspend_if_copy = "select postrider.suspend_if_copy()";

/// Looks whether the daemon can work here, and only then returns. Throws DatabaseSetupError, with
/// advice, for what an operator must mend: a transaction pooler, a database without our schema or
/// with a newer one, a table with a wrong column, a missing privilege. Blocks.
Installation inspect_installation(pqxx::connection& connection);

}  // namespace postrider
