#pragma once

#include "lib/store/database.h"

#include <pqxx/pqxx>

#include <memory>

namespace postrider {

/// A connection for one that reads or writes all there is, for minutes or hours, and may wait for whoever takes
/// what it reads. Finds the site's tables without their schema. Throws as open_connection.
std::unique_ptr<pqxx::connection> open_long_session(const DatabaseSettings& settings);

}  // namespace postrider
