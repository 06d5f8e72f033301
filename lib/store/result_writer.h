#pragma once

#include "lib/dispatch/outbox.h"
#include "lib/model/encryption.h"
#include "lib/store/pqxx_fwd.h"

#include <vector>

namespace postrider {

/// How rows are to be kept of which a result does not say it: somebody has written them meanwhile, or the result
/// comes by way of the spool or the provider's records.
struct RowKeeping {
    EncryptionSettings encryption{};
    bool lookup_keys = false;  ///< messages have them
};

/// Outbox::record, as a part of a transaction. Blocks.
void write_results(pqxx::transaction_base& transaction, const std::vector<AttemptResult>& results,
                   const RowKeeping& keeping);

}  // namespace postrider
