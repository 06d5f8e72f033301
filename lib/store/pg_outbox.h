#pragma once

#include "lib/dispatch/outbox.h"
#include "lib/model/encryption.h"
#include "lib/store/database.h"
#include "lib/store/held_rows.h"

#include <functional>
#include <memory>

namespace postrider {

/// The outbox in PostgreSQL. `clock` hears the database's time with every reading; `daemon` is this
/// daemon's name in the ledger as it is at that moment (0: none, and nothing is granted); `held` says
/// which rows are not even read. Messages of older sites have no `lookup_keys`. Rows that end are kept as
/// `encryption` says, also those that nobody had prepared.
std::unique_ptr<Outbox> make_pg_outbox(
    Database& database, std::function<void(TimePoint reading)> clock, std::function<DaemonId()> daemon,
    std::function<HeldRows()> held = [] { return HeldRows{}; }, bool lookup_keys = true,
    EncryptionSettings encryption = {});

}  // namespace postrider
