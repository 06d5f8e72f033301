#pragma once

#include "lib/config/config.h"
#include "lib/dispatch/result_spool.h"
#include "lib/health/check.h"
#include "lib/model/private.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace postrider {

/// The spool of this daemon, or why it has none.
struct Spooling {
    std::unique_ptr<ResultSpool> spool;
    std::string trouble;  ///< without a spool

    /// Without a spool: that results wait in memory only. (With one, the recorder tells of it.)
    std::optional<Check> check() const;
};

/// The folder that is configured, else `spool` in systemd's state folder ($STATE_DIRECTORY), else
/// /var/lib/postrider/spool.
std::filesystem::path spool_folder(const SpoolConfig& config);

/// Opens the spool for the database whose salt this is; blocks for the disk. Throws SpoolError if the
/// configured folder cannot be used; can the default one not, there is no spool.
Spooling open_spooling(const SpoolConfig& config, const Secret& hash_salt);

}  // namespace postrider
