#pragma once

#include "lib/model/suppression.h"
#include "lib/store/pqxx_fwd.h"

namespace postrider {

/// From now on, or no more. What an operator has said, only an operator takes back. Blocks.
void change_suppression(pqxx::transaction_base& transaction, const SuppressionChange& change);

}  // namespace postrider
