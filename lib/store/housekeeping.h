#pragma once

#include "lib/async/clock.h"
#include "lib/store/database.h"
#include "lib/store/held_rows.h"

namespace postrider {

/// What is looked at every few seconds beside the way out.
struct Vitals {
    TimePoint now;            ///< the database's clock
    long long never_due = 0;  ///< waiting rows whose send_date is infinity
    long long held = 0;       ///< waiting rows that are held
};

Task<Vitals> read_vitals(Database& database, HeldRows held = {});

/// Partitions of the journal for the months to come; what has expired is deleted.
Task<> maintain(Database& database);

}  // namespace postrider
