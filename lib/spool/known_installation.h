#pragma once

#include "lib/model/private.h"

#include <filesystem>
#include <optional>
#include <string>

namespace postrider {

/// What a daemon keeps beside its spool of the database that it found last: so that the next one can keep what comes
/// in also before it has found it.
struct KnownInstallation {
    Secret hash_salt;
    std::string identity;  ///< as SpoolOwner has it
};

/// Writes it (0600), whole or not at all. `database_url` is kept as a keyed hash only. Blocks; throws
/// std::system_error.
void remember_installation(const std::filesystem::path& folder, const KnownInstallation& known,
                           const Secret& database_url);

/// What was written; nothing where there is none, it is damaged, or it was of another `database_url`. Blocks.
std::optional<KnownInstallation> recall_installation(const std::filesystem::path& folder,
                                                     const Secret& database_url);

}  // namespace postrider
