#include "lib/spool/sqlite_statement.h"

#include <fmt/format.h>

namespace postrider {

void fail_sqlite(sqlite3* database) {
    throw SpoolError(fmt::format("the spool's file: {}", sqlite3_errmsg(database)));
}

void execute_sqlite(sqlite3* database, const char* sql) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail_sqlite(database);
}

}  // namespace postrider
