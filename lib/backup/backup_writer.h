#pragma once

#include "lib/backup/backup_target.h"
#include "lib/backup/manifest.h"
#include "lib/backup/tar.h"
#include "lib/model/private.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// Makes a backup's files of rows and media. Memory does not grow with either: what is gathered becomes a piece
/// once it is large enough.
class BackupWriter {
public:
    static constexpr long long rows_max = 10000;  ///< in a piece
    static constexpr std::size_t size_max =
        std::size_t{4} << 20;  ///< of a piece's records or media, unless one row has more

    /// `key`: 32 bytes. `prefix`: of all names. The target outlives it.
    BackupWriter(BackupTarget& target, Secret key, std::string prefix);

    /// The rows that follow are this one's, of which name, model, columns and sequence are known.
    void begin_table(BackedUpTable table);
    void add_row(std::optional<std::string_view> id, std::string_view fields);
    void end_table();

    /// A file of the media root, by its name there. False: it is not there. Throws std::system_error where it
    /// cannot be read.
    bool add_file(const std::filesystem::path& root, const std::string& name);

    /// Writes the manifest, last: without it, it is no backup. Of `facts` all but tables and media.
    BackupManifest finish(BackupManifest facts);

private:
    void end_piece();
    void end_media_piece();
    BackupPiece put(const std::string& name, std::string_view sealed) const;

    BackupTarget& target_;
    Secret key_;
    std::string prefix_;
    BackupManifest manifest_;
    BackedUpTable table_;
    RowDigest digest_;
    std::string records_;
    long long records_count_ = 0;
    std::string media_;
    std::unique_ptr<TarWriter> tar_;
};

}  // namespace postrider
