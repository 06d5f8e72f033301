#pragma once

#include "lib/process/child_process.h"

#include <chrono>

namespace postrider::bench {

/// What of a process is in memory now (VmRSS), in megabytes. Throws if it has ended.
double resident_memory(const ChildProcess& process);

/// The same, once it has not grown for that long.
double idle_memory(const ChildProcess& process, std::chrono::milliseconds quiet);

}  // namespace postrider::bench
