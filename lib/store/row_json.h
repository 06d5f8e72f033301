#pragma once

#include <boost/json/array.hpp>
#include <pqxx/pqxx>

namespace postrider {

/// Rows as objects, by the names of their columns: every value as PostgreSQL writes it, or null.
boost::json::object to_object(const pqxx::row& row);
boost::json::array to_array(const pqxx::result& result);

}  // namespace postrider
