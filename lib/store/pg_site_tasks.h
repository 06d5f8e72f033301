#pragma once

#include "lib/model/attempt.h"
#include "lib/quicksilver/site_task_store.h"
#include "lib/store/database.h"

#include <functional>
#include <memory>

namespace postrider {

/// In the site's tables, and in postrider.site_run and postrider.site_task_pause. `daemon` says which life this
/// process has now (0: none).
std::unique_ptr<SiteTaskStore> make_pg_site_tasks(Database& database, std::function<DaemonId()> daemon);

}  // namespace postrider
