#pragma once

#include "lib/async/task.h"
#include "lib/inbound/inbox_entry.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace postrider {

/// An entry in the spool, under its number there.
struct SpooledEntry {
    std::int64_t number = 0;
    InboxEntry entry;
};

/// Keeps what came in safe on this machine while the database is away. Calls throw when the disk fails.
class InboxSpool {
public:
    virtual ~InboxSpool() = default;

    /// Comes back once they are on the disk.
    virtual Task<> keep_entries(std::vector<InboxEntry> entries) = 0;
    /// The first of those that are kept, in the order in which they came.
    virtual Task<std::vector<SpooledEntry>> read_entries(std::size_t limit) = 0;
    virtual Task<std::size_t> count_entries() = 0;
    /// These are in the database.
    virtual Task<> forget_entries(std::vector<std::int64_t> numbers) = 0;
};

}  // namespace postrider
