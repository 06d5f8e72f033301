#pragma once

#include "lib/config/config.h"
#include "lib/health/check.h"
#include "lib/spool/spool_file.h"
#include "lib/spool/sqlite_spool.h"
#include "lib/store/installation.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace postrider {

/// The spool of this daemon, or why it has none.
struct Spooling {
    std::unique_ptr<Spool> spool;
    std::string trouble;  ///< without a spool

    /// Without a spool: that results wait in memory only. (With one, the recorder tells of it.)
    std::optional<Check> check() const;
};

/// The folder that is configured, else `spool` in systemd's state folder ($STATE_DIRECTORY), else
/// /var/lib/postrider/spool.
std::filesystem::path spool_folder(const SpoolConfig& config);

/// Whose results a spool of this installation keeps. A database that was copied elsewhere has all that
/// the original has, its salt too: what tells them apart is cluster and database.
SpoolOwner spool_owner(const Installation& installation);

/// Opens the spool of this installation, and remembers beside it which that is; blocks for the disk. Throws SpoolError
/// if the configured folder cannot be used; can the default one not, there is no spool.
Spooling open_spooling(const Config& config, const Installation& installation);

}  // namespace postrider
