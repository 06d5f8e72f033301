#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// A file of a backup.
struct BackupPiece {
    std::string name;
    std::uint64_t bytes = 0;  ///< as it lies there: encrypted
    std::string sha256;       ///< of these, hexadecimal
    long long records = 0;    ///< rows in it
};

/// What of one table is in a backup.
struct BackedUpTable {
    std::string name;                       ///< with its schema, where that is ours
    std::string model;                      ///< as the records name it
    std::vector<std::string> columns = {};  ///< but for `id`, where there is one
    long long rows = 0;
    std::uint64_t digest = 0;  ///< of all records, in any order (RowDigest)
    long long sequence = 0;    ///< the highest id that was ever given; 0: there are none
    std::vector<BackupPiece> pieces = {};
};

/// What a backup is, and all that belongs to it. Moments as PostgreSQL writes them, in UTC.
struct BackupManifest {
    std::string made_by;
    std::string host;
    std::string taken;      ///< the moment that it shows
    std::string from;       ///< of what ended or came in; empty: all before
    std::string to;         ///< empty: all there was
    int step = 0;           ///< the last migration that its database had
    std::string hash_salt;  ///< hexadecimal, as are all hashes of conversations and addresses that hang on it
    std::string installed;
    long long last_message_id = 0;
    std::vector<BackedUpTable> tables;
    long long files = 0;  ///< that go with messages
    std::uint64_t file_bytes = 0;
    long long files_missing = 0;  ///< rows name them, and they were not there
    std::vector<BackupPiece> media;

    bool is_full() const { return from.empty(); }
    /// Until when it has what ended or came in; `to` may have been in the future. (As texts they sort as moments do.)
    const std::string& end() const { return is_full() ? taken : std::min(taken, to); }
};

std::string to_json(const BackupManifest& manifest);
/// Throws BackupError for what is none, or is of a later form than we know.
BackupManifest read_manifest(std::string_view json);

/// Equal for the same records, whatever their order: to compare what was restored with what was there.
class RowDigest {
public:
    void add(std::string_view record);
    std::uint64_t value() const { return sum_; }

private:
    std::uint64_t sum_ = 0;
};

}  // namespace postrider
