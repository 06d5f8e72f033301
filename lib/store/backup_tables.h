#pragma once

#include <string>
#include <vector>

namespace postrider {

/// A table whose rows a backup keeps.
struct BackupTableRule {
    std::string name;   ///< with its schema, where that is ours
    std::string model;  ///< by which records name it
    bool has_id = true;
    /// Of a table that an incremental backup keeps only a part of: by which columns its rows are told apart when
    /// they are put over those of an earlier backup. None: it keeps all, and they replace what was there.
    std::vector<std::string> key = {};
    /// SQL for that part, of table `t`; {from} and {to} are the bounds.
    std::string part = {};
    std::string only = {};  ///< SQL for what is kept at all; empty: everything
};

/// In an order in which rows may be put in. What is not here is a daemon's passing state, or is kept by others:
/// docs/backups.md says why, for each.
const std::vector<BackupTableRule>& backup_tables();

}  // namespace postrider
