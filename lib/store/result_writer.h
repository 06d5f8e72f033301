#pragma once

#include "lib/dispatch/outbox.h"
#include "lib/store/pqxx_fwd.h"

#include <vector>

namespace postrider {

/// Outbox::record, as a part of a transaction. Blocks.
void write_results(pqxx::transaction_base& transaction, const std::vector<AttemptResult>& results);

}  // namespace postrider
