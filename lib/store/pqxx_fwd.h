#pragma once

// pqxx::connection, so that our headers need not include libpqxx.
namespace pqxx {
class connect_direct;
template <typename Policy>
class basic_connection_base;
using connection = basic_connection_base<connect_direct>;
}  // namespace pqxx
