#include "lib/backup/backup_series.h"

#include "lib/backup/backup_error.h"
#include "lib/backup/backup_folder.h"

#include <algorithm>

namespace postrider {

namespace {

namespace fs = std::filesystem;

std::optional<BackupManifest> manifest_in(const fs::path& folder, const std::vector<Secret>& keys) {
    try {
        return BackupFolder(folder, keys).manifest();
    } catch (const BackupError&) {
        return std::nullopt;  // whatever it is, nothing can be built on it
    }
}

std::vector<BackupManifest> manifests_in(const fs::path& folder, const std::vector<Secret>& keys) {
    std::vector<BackupManifest> manifests;
    std::error_code error;  // a folder that is not there yet has none
    for (const fs::directory_entry& each : fs::directory_iterator(folder, error)) {
        const bool finished = !each.path().filename().string().starts_with('.');
        if (!finished || !each.is_directory()) continue;
        if (auto manifest = manifest_in(each.path(), keys)) manifests.push_back(std::move(*manifest));
    }
    return manifests;
}

}  // namespace

std::optional<std::string> backed_up_until(const fs::path& folder, const std::vector<Secret>& keys,
                                           const std::string& hash_salt) {
    std::vector<BackupManifest> manifests = manifests_in(folder, keys);
    std::sort(manifests.begin(), manifests.end(),
              [](const BackupManifest& a, const BackupManifest& b) { return a.taken < b.taken; });
    std::optional<std::string> until;
    for (const BackupManifest& each : manifests) {
        if (each.hash_salt != hash_salt) continue;
        const bool goes_on = until && each.from <= *until && each.end() > *until;
        if (each.is_full() || goes_on) until = each.end();
    }
    return until;
}

}  // namespace postrider
