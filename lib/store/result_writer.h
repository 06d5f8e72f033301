#pragma once

#include "lib/dispatch/outbox.h"
#include "lib/store/pqxx_fwd.h"

#include <vector>

namespace postrider {

/// Outbox::record on one connection, in one transaction. Blocks.
void write_results(pqxx::connection& connection, const std::vector<AttemptResult>& results);

}  // namespace postrider
