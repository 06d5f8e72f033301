#pragma once

#include "lib/async/clock.h"
#include "lib/model/message.h"

namespace postrider {

/// Waiting rows that are left to an operator, not sent: those that were long overdue already when
/// Postrider came to this database (`lateness_max`). None by default.
struct HeldRows {
    TimePoint before = TimePoint::min();  ///< due before this moment,
    MessageId up_to = 0;                  ///< and no newer than this one
};

}  // namespace postrider
