#include "daemon/run/spooling.h"

#include "lib/crypto/keyed_hash.h"
#include "lib/log/log.h"
#include "lib/spool/sqlite_spool.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>

namespace postrider {

namespace {

constexpr const char* default_folder = "/var/lib/postrider/spool";

/// What names the database in the spool's file: made from its salt, and no way back to it.
std::string identity_of(const Secret& hash_salt) {
    return fmt::format("{:02x}", fmt::join(KeyedHash(hash_salt)("spool", "identity"), ""));
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

Spooling open_spooling(const SpoolConfig& config, const Secret& hash_salt) {
    Spooling spooling;
    try {
        spooling.spool = open_sqlite_spool(spool_folder(config), identity_of(hash_salt));
    } catch (const SpoolError& error) {
        if (!config.path.empty()) throw;
        spooling.trouble = error.what();
        log::warn("no spool: results wait in memory only", {{"reason", spooling.trouble}});
    }
    return spooling;
}

std::optional<Check> Spooling::check() const {
    if (spool) return std::nullopt;
    Check check{.name = "spool", .health = Health::warning};
    check.text =
        fmt::format("results wait in memory only: {}. Name a folder in spool.path and restart", trouble);
    return check;
}

}  // namespace postrider
