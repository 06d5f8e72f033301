#pragma once

#include "lib/inbound/inbox_store.h"
#include "lib/store/pqxx_fwd.h"
#include "lib/store/result_writer.h"

#include <cstddef>
#include <vector>

namespace postrider {

/// Keeps the reports among `entries`: of each request the furthest. `kept`, one for each entry, is told
/// which brought nothing new. Blocks.
void keep_reports(pqxx::transaction_base& transaction, const std::vector<InboxEntry>& entries,
                  std::vector<KeptEntry>& kept);

/// InboxStore::apply_reports, within a transaction; for each endpoint that is `told`, what they say is kept. Blocks.
AppliedReports write_reports(pqxx::transaction_base& transaction, std::size_t limit,
                             const RowKeeping& keeping, const std::vector<std::string>& told);

}  // namespace postrider
