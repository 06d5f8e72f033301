#pragma once

#include "lib/async/task.h"
#include "lib/dispatch/outbox.h"

#include <vector>

namespace postrider {

/// Keeps results safe on this machine for as long as the database cannot take them: a process that
/// dies meanwhile must not forget what a provider has accepted. Calls throw when the disk fails.
class ResultSpool {
public:
    virtual ~ResultSpool() = default;

    /// Comes back once the results are on the disk. A result that is there already is kept once.
    virtual Task<> keep(std::vector<AttemptResult> results) = 0;
    /// These are in the database.
    virtual Task<> forget(std::vector<AttemptId> attempts) = 0;
    /// All that is kept, in the order in which it came.
    virtual Task<std::vector<AttemptResult>> read() = 0;
};

}  // namespace postrider
