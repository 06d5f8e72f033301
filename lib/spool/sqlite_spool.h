#pragma once

#include "lib/dispatch/result_spool.h"
#include "lib/inbound/inbox_spool.h"
#include "lib/spool/spool_file.h"

#include <filesystem>
#include <memory>
#include <string>

namespace postrider {

/// What a daemon keeps on its own disk: results, and what came in.
class Spool : public ResultSpool, public InboxSpool {};

/// The spool on disk, on a thread of its own; answers come back on the loop. A call that has begun
/// cannot be cancelled: it ends when the disk has answered. To be destroyed when no call is under way.
/// Opening blocks, and throws as SpoolFile does.
std::unique_ptr<Spool> open_sqlite_spool(const std::filesystem::path& folder, const SpoolOwner& owner);

}  // namespace postrider
