#pragma once

#include "lib/spool/spool_file.h"

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>

// What the spool needs of SQLite. All of it throws SpoolError.
namespace postrider {

/// In the words of SQLite, for the last call on `database`.
[[noreturn]] void fail_sqlite(sqlite3* database);

void execute_sqlite(sqlite3* database, const char* sql);

/// One statement, for as many runs as wanted.
class SpoolStatement {
public:
    SpoolStatement(sqlite3* database, const char* sql) : database_(database) {
        if (sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) != SQLITE_OK) fail_sqlite(database);
    }
    SpoolStatement(const SpoolStatement&) = delete;
    SpoolStatement& operator=(const SpoolStatement&) = delete;
    ~SpoolStatement() { sqlite3_finalize(statement_); }

    void bind(int at, std::int64_t value) {
        if (sqlite3_bind_int64(statement_, at, value) != SQLITE_OK) fail_sqlite(database_);
    }
    /// `value` outlives the run.
    void bind(int at, std::string_view value) {
        if (sqlite3_bind_text(statement_, at, value.data(), static_cast<int>(value.size()), SQLITE_STATIC) !=
            SQLITE_OK) {
            fail_sqlite(database_);
        }
    }
    /// Whether there is another row.
    bool step() {
        const int code = sqlite3_step(statement_);
        if (code != SQLITE_ROW && code != SQLITE_DONE) fail_sqlite(database_);
        return code == SQLITE_ROW;
    }
    void run() {
        step();
        sqlite3_reset(statement_);
    }
    std::int64_t number(int column) { return sqlite3_column_int64(statement_, column); }
    std::string text(int column) {
        const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
        return bytes == nullptr
                   ? std::string()
                   : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
    }

private:
    sqlite3* database_;
    sqlite3_stmt* statement_ = nullptr;
};

/// Rolled back unless committed.
class SpoolTransaction {
public:
    explicit SpoolTransaction(sqlite3* database) : database_(database) {
        execute_sqlite(database_, "begin immediate");
    }
    SpoolTransaction(const SpoolTransaction&) = delete;
    SpoolTransaction& operator=(const SpoolTransaction&) = delete;
    ~SpoolTransaction() {
        // Some errors have ended it already.
        if (sqlite3_get_autocommit(database_) == 0)
            sqlite3_exec(database_, "rollback", nullptr, nullptr, nullptr);
    }
    void commit() { execute_sqlite(database_, "commit"); }

private:
    sqlite3* database_;
};

}  // namespace postrider
