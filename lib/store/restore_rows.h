#pragma once

#include "lib/backup/manifest.h"
#include "lib/store/database.h"

#include <memory>
#include <string>
#include <vector>

namespace postrider {

/// Puts a backup's rows into an empty database that was migrated: all of it, or after any failure nothing.
/// Blocks; throws DatabaseSetupError for what an operator must mend before.
class RestoreRows {
public:
    /// As the tables' owner. Refuses a database that is not empty, or on which a daemon runs.
    explicit RestoreRows(const DatabaseSettings& settings);
    ~RestoreRows();

    /// Before its rows. False: this database has no such table of a site's, and its rows are left out. `over`: put
    /// over those of an earlier backup.
    bool begin_table(const BackedUpTable& table, bool over);
    /// JSON of an array of objects, whose keys are columns.
    void write(const BackedUpTable& table, const std::string& rows, bool over);
    /// Whether the table holds now what the backup had.
    bool equals(const BackedUpTable& table);

    /// Has ids go on where they were, daemons of before ended, and nothing leave until an operator says so; then
    /// all of it counts.
    void finish(const BackupManifest& manifest);

private:
    std::unique_ptr<pqxx::connection> connection_;
    std::unique_ptr<pqxx::transaction_base> transaction_;
};

}  // namespace postrider
