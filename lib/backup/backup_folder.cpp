#include "lib/backup/backup_folder.h"

#include "lib/backup/backup_error.h"
#include "lib/backup/bzip2.h"
#include "lib/backup/tar.h"
#include "lib/crypto/bytes.h"
#include "lib/crypto/sealed_bytes.h"
#include "lib/crypto/sha256.h"
#include "lib/files/output_file.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace postrider {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view manifest_ending = "_manifest.json.bz2.encrypted";
constexpr std::uint64_t piece_max = std::uint64_t{1} << 30;  // a row may be large; nothing of ours is larger
constexpr std::size_t expanded_max = std::size_t{2} << 30;

std::string content(const fs::path& file) {
    std::error_code error;
    const std::uint64_t size = fs::file_size(file, error);
    if (error) throw BackupError(fmt::format("{} is missing or cannot be read", file.string()));
    if (size > piece_max)
        throw BackupError(fmt::format("{} is no piece of a backup: it is too large", file.string()));
    std::ifstream stream(file, std::ios::binary);
    std::string bytes(size, '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(size));
    if (!stream) throw BackupError(fmt::format("{} cannot be read", file.string()));
    return bytes;
}

fs::path find_manifest(const fs::path& folder) {
    std::error_code error;
    fs::path found;
    for (const fs::directory_entry& each : fs::directory_iterator(folder, error)) {
        if (!each.path().filename().string().ends_with(manifest_ending)) continue;
        if (!found.empty()) throw BackupError(fmt::format("{} holds several backups", folder.string()));
        found = each.path();
    }
    if (error) throw BackupError(fmt::format("{} cannot be read: {}", folder.string(), error.message()));
    if (found.empty())
        throw BackupError(
            fmt::format("{} has no manifest: it is no backup, or none that was finished", folder.string()));
    return found;
}

}  // namespace

BackupFolder::BackupFolder(fs::path folder, std::vector<Secret> keys)
    : folder_(std::move(folder)), keys_(std::move(keys)) {
    const fs::path file = find_manifest(folder_);
    const auto text =
        bzip2_expanded(open_with_any_key(file.filename().string(), content(file)), expanded_max);
    if (!text) throw BackupError(fmt::format("{} is damaged", file.string()));
    manifest_ = read_manifest(*text);
}

std::string BackupFolder::open_with_any_key(const std::string& name, std::string_view sealed) const {
    for (const Secret& key : keys_) {
        if (auto plain = open_bytes(key, sealed)) return std::move(*plain);
    }
    throw BackupError(fmt::format("{} is damaged, or sealed with another key than backup.secret_key",
                                  (folder_ / name).string()));
}

std::string BackupFolder::opened(const BackupPiece& piece) const {
    const std::string bytes = content(folder_ / piece.name);
    const std::string hash = sha256(bytes);
    if (bytes.size() != piece.bytes || hexadecimal(bytes_of(hash), hash.size()) != piece.sha256)
        throw BackupError(
            fmt::format("{} is damaged: it is not what the manifest says", (folder_ / piece.name).string()));
    return open_with_any_key(piece.name, bytes);
}

TableRows BackupFolder::rows(const BackedUpTable& table, const BackupPiece& piece) const {
    const auto records = bzip2_expanded(opened(piece), expanded_max);
    if (!records) throw BackupError(fmt::format("{} is damaged", (folder_ / piece.name).string()));
    TableRows rows = rows_of_records(table, *records);
    if (rows.count != piece.records)
        throw BackupError(fmt::format("{} has {} records; the manifest says {}",
                                      (folder_ / piece.name).string(), rows.count, piece.records));
    return rows;
}

void BackupFolder::files(const FileVisitor& visitor) const {
    std::size_t next = 0;
    std::string bytes;
    TarReader tar([&]() -> std::string_view {
        if (next == manifest_.media.size()) return {};
        bytes = opened(manifest_.media[next++]);
        return bytes;
    });
    long long count = 0;
    for (TarReader::File file; tar.next(file); ++count) {
        visitor.begin(file.name, file.size);
        for (std::string_view part = tar.read(); !part.empty(); part = tar.read()) visitor.bytes(part);
        visitor.end();
    }
    if (count != manifest_.files)
        throw BackupError(
            fmt::format("the backup has {} files; the manifest says {}", count, manifest_.files));
}

fs::path unpack_backup(const std::function<std::string_view()>& in, const fs::path& parent) {
    TarReader tar(in);
    std::string folder;
    for (TarReader::File file; tar.next(file);) {
        const auto slash = file.name.find('/');
        const std::string name = slash == std::string::npos ? "" : file.name.substr(slash + 1);
        const std::string above = file.name.substr(0, slash);
        if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos || above.empty() ||
            above.front() == '.' || (!folder.empty() && folder != above))
            throw BackupError("what comes is no stream of a backup");
        folder = above;
        fs::create_directory(parent / folder);
        OutputFile output(parent / folder / name);
        for (std::string_view part = tar.read(); !part.empty(); part = tar.read()) output.write(part);
        output.finish();
    }
    if (folder.empty()) throw BackupError("what comes is empty");
    return parent / folder;
}

}  // namespace postrider
