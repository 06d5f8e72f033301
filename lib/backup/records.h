#pragma once

#include "lib/backup/manifest.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// How Django names the field that a column of a table keeps: without the `_id` of a reference.
std::string field_name(const std::string& table, const std::string& column);

/// A record as Django's `dumpdata` writes it. `fields`: JSON of an object. `id`: of a table that has none,
/// null.
std::string record_text(const std::string& model, std::optional<std::string_view> id,
                        std::string_view fields);

/// Records of a table, a JSON array of them, as rows: a JSON array of objects whose keys are columns.
struct TableRows {
    std::string json;
    long long count = 0;
};
/// Throws BackupError for what is none, and for records of another table.
TableRows rows_of_records(const BackedUpTable& table, std::string_view records);

}  // namespace postrider
