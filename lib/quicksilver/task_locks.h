#pragma once

#include "lib/async/blocking_pool.h"
#include "lib/quicksilver/site_task_store.h"

#include <memory>

namespace postrider {

/// The lock files of this host, looked at on threads of `files`, which outlives it.
std::unique_ptr<TaskLocks> make_task_locks(BlockingPool& files);

}  // namespace postrider
