#pragma once

#include "lib/dispatch/outbox.h"
#include "lib/store/pqxx_fwd.h"

#include <cstddef>
#include <vector>

namespace postrider {

/// Outbox::record on one connection, in one transaction. Returns how many attempts were ended; the
/// others were no longer `daemon`'s. Blocks.
std::size_t write_results(pqxx::connection& connection, DaemonId daemon,
                          const std::vector<AttemptResult>& results);

}  // namespace postrider
