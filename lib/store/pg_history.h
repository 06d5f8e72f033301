#pragma once

#include "lib/inbound/history_store.h"
#include "lib/store/database.h"

#include <memory>

namespace postrider {

/// `database` outlives it.
std::unique_ptr<HistoryStore> make_pg_history(Database& database);

}  // namespace postrider
