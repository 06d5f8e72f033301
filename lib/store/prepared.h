#pragma once

#include <pqxx/pqxx>

#include <string>
#include <utility>

namespace postrider {

/// A statement that is run again and again: the server parses and plans it once for each connection,
/// which for the larger of them takes longer than to run them for a single message.
struct Statement {
    std::string name;  ///< its own among the statements of a connection
    std::string sql;
};

template <class... Values>
pqxx::result exec(pqxx::transaction_base& transaction, const Statement& statement, Values&&... values) {
    transaction.conn().prepare(statement.name, statement.sql);  // does nothing if it is already
    try {
        return transaction.exec_prepared(statement.name, std::forward<Values>(values)...);
    } catch (const pqxx::feature_not_supported&) {
        // "cached plan must not change result type": a column has another type now. The server does not
        // prepare it anew, so the next call has a new connection.
        transaction.conn().disconnect();
        throw;
    }
}

}  // namespace postrider
