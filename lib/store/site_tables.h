#pragma once

#include "lib/store/pqxx_fwd.h"

#include <string>
#include <vector>

namespace postrider {

/// The schema in which a table of the site is found by the connection's search path, or "".
std::string schema_of(pqxx::connection& connection, const std::string& table);

/// Whether a table, by a name that PostgreSQL finds, has a column.
bool has_column(pqxx::transaction_base& transaction, const std::string& table, const std::string& column);

/// What is wrong with the site's message tables as they are, one sentence each: columns that we
/// need and that are missing or of another type. Tables that do not exist are no problem.
std::vector<std::string> find_site_problems(pqxx::connection& connection);

/// The tables of the switchboard's group: channels and their types.
const std::vector<std::string>& switchboard_tables();

/// The tables of the messaging group, in order of creation.
const std::vector<std::string>& site_tables();

}  // namespace postrider
