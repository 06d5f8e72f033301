#pragma once

#include "lib/async/clock.h"
#include "lib/async/wakeup.h"

#include <functional>
#include <string>

namespace postrider {

/// Looks once; true: there may be more to do at once. Throws while the database is away.
using Look = std::function<Task<bool>()>;

/// Looks when `wakeup` rings, and every other second, until cancelled. What fails is looked at again as before; the
/// first failure in a row is logged as `trouble`. All of it outlives the task.
Task<> keep_looking(Clock& clock, Wakeup& wakeup, std::string trouble, Look look);

}  // namespace postrider
