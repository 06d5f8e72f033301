#pragma once

// pqxx::connection, pqxx::row and pqxx::transaction_base, so that our headers need not include libpqxx.
namespace pqxx {
class connect_direct;
class row;
class transaction_base;
template <typename Policy>
class basic_connection_base;
using connection = basic_connection_base<connect_direct>;  // NOLINT(readability-identifier-naming): theirs
}  // namespace pqxx
