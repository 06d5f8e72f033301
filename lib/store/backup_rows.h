#pragma once

#include "lib/async/clock.h"
#include "lib/backup/manifest.h"
#include "lib/store/database.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// Of what ended or came in between these a backup is, inclusive; and of all that has not ended.
struct BackupBounds {
    TimePoint from;
    std::optional<TimePoint> to = {};  ///< nothing: now
};

/// What a database has that is worth keeping, as it is at one moment, whoever writes meanwhile. Blocks.
class BackupRows {
public:
    /// Throws DatabaseSetupError where `postrider migrate` has not been (of this version), or the role may not
    /// read a table, which is named.
    explicit BackupRows(const DatabaseSettings& settings);
    ~BackupRows();

    /// Only what is within; without, all there is.
    void limit_to(const BackupBounds& bounds);

    /// All but host, maker, tables and media.
    const BackupManifest& facts() const { return facts_; }
    /// Those that are there, without pieces.
    const std::vector<BackedUpTable>& tables() const { return tables_; }
    long long count(const BackedUpTable& table);

    /// `fields`: JSON of an object. `id`: nothing where the table has none.
    using EachRow = std::function<void(std::optional<std::string_view> id, std::string_view fields)>;
    void read(const BackedUpTable& table, const EachRow& each);
    long long count_files();
    /// The names of files that rows of the backup have, each once.
    void read_files(const std::function<void(const std::string& name)>& each);

private:
    std::string condition(const std::string& table) const;
    std::string files_query() const;

    std::unique_ptr<pqxx::connection> connection_;
    std::unique_ptr<pqxx::transaction_base> transaction_;
    std::string from_;  // as SQL; empty: everything
    std::string to_;
    BackupManifest facts_;
    std::vector<BackedUpTable> tables_;
};

/// A query for the rows of a table as a backup has them: `id` (null where the table has none) and fields as JSON.
std::string backup_query(pqxx::transaction_base& transaction, const BackedUpTable& table,
                         const std::string& condition);

}  // namespace postrider
