#pragma once

#include "lib/inbound/media_fetch_store.h"
#include "lib/model/attempt.h"
#include "lib/store/database.h"

#include <functional>
#include <memory>

namespace postrider {

/// In PostgreSQL: postrider.media_fetch, and the site's tables. `database` outlives it. `daemon`: who we are
/// among the daemons; 0: nobody yet, who takes nothing.
std::unique_ptr<MediaFetchStore> make_pg_media_fetch(Database& database, std::function<DaemonId()> daemon);

}  // namespace postrider
