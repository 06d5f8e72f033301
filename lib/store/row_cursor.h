#pragma once

#include <pqxx/pqxx>

#include <string>

namespace postrider {

/// The rows of a query, some at a time: memory does not grow with them, here or in libpq. One at a time in
/// a transaction, in which other statements may run meanwhile.
class RowCursor {
public:
    static constexpr int rows_max = 1000;

    /// `query` without parameters.
    RowCursor(pqxx::transaction_base& transaction, const std::string& query) : transaction_(transaction) {
        transaction_.exec("declare postrider_rows no scroll cursor for " + query);
    }
    RowCursor(const RowCursor&) = delete;
    RowCursor& operator=(const RowCursor&) = delete;

    /// None: there are no more.
    pqxx::result next(int rows = rows_max) {
        pqxx::result result = transaction_.exec("fetch " + std::to_string(rows) + " from postrider_rows");
        if (result.empty()) transaction_.exec("close postrider_rows");
        return result;
    }

private:
    pqxx::transaction_base& transaction_;
};

}  // namespace postrider
