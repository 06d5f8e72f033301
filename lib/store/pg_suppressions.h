#pragma once

#include "lib/dispatch/suppression_list.h"
#include "lib/store/database.h"

#include <memory>

namespace postrider {

/// Suppressions in postrider.suppression. `database` outlives it.
std::unique_ptr<SuppressionStore> make_pg_suppressions(Database& database);

}  // namespace postrider
