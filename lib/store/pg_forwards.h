#pragma once

#include "lib/inbound/forward_store.h"
#include "lib/model/attempt.h"
#include "lib/store/database.h"

#include <functional>
#include <memory>

namespace postrider {

/// On schema postrider. `daemon`: who this is; 0 while nobody knows, and then nothing is taken. All outlive it.
std::unique_ptr<ForwardStore> make_pg_forwards(Database& database, std::function<DaemonId()> daemon);

}  // namespace postrider
