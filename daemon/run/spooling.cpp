#include "daemon/run/spooling.h"

#include "lib/crypto/keyed_hash.h"
#include "lib/health/status_messages.h"
#include "lib/log/log.h"
#include "lib/spool/known_installation.h"
#include "lib/spool/sqlite_spool.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <system_error>

namespace postrider {

namespace {

constexpr const char* default_folder = "/var/lib/postrider/spool";

/// Hashed with the installation's salt: no way leads back from it.
std::string hashed(const Installation& installation, const std::string& name) {
    return fmt::format("{:02x}", fmt::join(KeyedHash(installation.hash_salt)("spool", name), ""));
}

/// A start without it takes no webhook before it has found the database; that is no reason not to work.
void remember(const std::filesystem::path& folder, const KnownInstallation& known, const Secret& url) {
    try {
        remember_installation(folder, known, url);
    } catch (const std::system_error& error) {
        log::warn("which database this is cannot be kept beside the spool", {{"reason", error.what()}});
    }
}

}  // namespace

std::filesystem::path spool_folder(const SpoolConfig& config) {
    if (!config.path.empty()) return config.path;
    // Of several (StateDirectory= may list them) the first; no name of a folder there has a colon.
    const char* state = std::getenv("STATE_DIRECTORY");
    const std::string first =
        state == nullptr ? "" : std::string(state).substr(0, std::string(state).find(':'));
    return first.empty() ? default_folder : std::filesystem::path(first) / "spool";
}

SpoolOwner spool_owner(const Installation& installation) {
    const DatabaseIdentity& database = installation.database;
    SpoolOwner owner;
    // No timeline: a standby that takes over is the same database, and has what was in the spool coming.
    owner.identity =
        hashed(installation, fmt::format("{} {}", database.system_identifier, database.database_id));
    // Earlier versions made it of the salt alone, which a copy has too.
    if (installation.migrated_on == database.system_identifier)
        owner.former_identity = hashed(installation, "identity");
    return owner;
}

Spooling open_spooling(const Config& config, const Installation& installation) {
    Spooling spooling;
    try {
        const std::filesystem::path folder = spool_folder(config.spool);
        const SpoolOwner owner = spool_owner(installation);
        spooling.spool = open_sqlite_spool(folder, owner);
        remember(folder, {installation.hash_salt, owner.identity}, config.database.url);
    } catch (const SpoolError& error) {
        if (!config.spool.path.empty()) throw;
        spooling.trouble = error.what();
        log::warn("no spool: results wait in memory only", {{"reason", spooling.trouble}});
    }
    return spooling;
}

std::optional<Check> Spooling::check() const {
    if (spool) return std::nullopt;
    Check check{.name = "spool"};
    say<status::spool_none>(check, trouble);
    return check;
}

}  // namespace postrider
