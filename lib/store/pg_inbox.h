#pragma once

#include "lib/inbound/inbox_store.h"
#include "lib/store/database.h"
#include "lib/store/result_writer.h"

#include <memory>

namespace postrider {

/// The inbox in PostgreSQL: the site's tables of incoming messages, and ours. `database` outlives it.
/// `lookup_keys`: whether the site's incoming messages have that column. `keeping`: how rows of messages that
/// turn out to have been accepted are kept.
std::unique_ptr<InboxStore> make_pg_inbox(Database& database, bool lookup_keys, RowKeeping keeping = {});

}  // namespace postrider
