#pragma once

#include "lib/backup/manifest.h"
#include "lib/backup/records.h"
#include "lib/model/private.h"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// A backup in a folder, as it is read. What is damaged, missing or sealed with another key throws BackupError
/// with the file's name.
class BackupFolder {
public:
    /// Reads the manifest. `keys`: that may have sealed it, 32 bytes each.
    BackupFolder(std::filesystem::path folder, std::vector<Secret> keys);

    const std::filesystem::path& path() const { return folder_; }
    const BackupManifest& manifest() const { return manifest_; }

    /// The rows of one piece.
    TableRows rows(const BackedUpTable& table, const BackupPiece& piece) const;

    /// Hands each file's bytes on, in pieces; `begin` is told its name and size, `end` when it is whole.
    struct FileVisitor {
        std::function<void(const std::string& name, std::uint64_t size)> begin;
        std::function<void(std::string_view bytes)> bytes;
        std::function<void()> end;
    };
    void files(const FileVisitor& visitor) const;

private:
    std::string opened(const BackupPiece& piece) const;
    std::string open_with_any_key(const std::string& name, std::string_view sealed) const;

    std::filesystem::path folder_;
    std::vector<Secret> keys_;
    BackupManifest manifest_;
};

/// Unpacks a backup's stream into `parent`; returns its folder there.
std::filesystem::path unpack_backup(const std::function<std::string_view()>& in,
                                    const std::filesystem::path& parent);

}  // namespace postrider
