#pragma once

#include "lib/model/suspension.h"
#include "lib/store/pqxx_fwd.h"

#include <vector>

namespace postrider {

/// What is suspended now. Blocks.
std::vector<Suspension> read_suspensions(pqxx::transaction_base& transaction);

}  // namespace postrider
