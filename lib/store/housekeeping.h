#pragma once

#include "lib/async/clock.h"
#include "lib/store/database.h"
#include "lib/store/held_rows.h"

namespace postrider {

/// What is looked at every few seconds beside the way out.
struct Vitals {
    TimePoint now;            ///< the database's clock
    long long never_due = 0;  ///< waiting rows whose send_date is infinity
    long long late = 0;       ///< waiting rows that are held by lateness_max
    long long held = 0;       ///< waiting rows that are held by operators
    long long doubts = 0;     ///< messages that ended in doubt, and that nobody has seen to
};

Task<Vitals> read_vitals(Database& database, HeldRows held = {});

Task<TimePoint> read_clock(Database& database);

/// Partitions of the journal for the months to come; what has expired, or is said of messages that
/// have ended, is deleted.
Task<> maintain(Database& database);

}  // namespace postrider
