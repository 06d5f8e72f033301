#pragma once

#include "lib/async/clock.h"
#include "lib/model/message.h"

#include <pqxx/pqxx>

#include <optional>

namespace postrider {

/// A row of the statements in read_statements.h, as a message; with its last end where the statement reads that.
OutgoingMessage read_outgoing(const pqxx::row& row);
/// Of a column of sql_time(); nullopt for null.
std::optional<TimePoint> optional_time(const pqxx::field& field);
/// The database's clock when it was read.
TimePoint outgoing_read_at(const pqxx::row& row);

}  // namespace postrider
