#include "lib/backup/backup_writer.h"

#include "lib/backup/backup_error.h"
#include "lib/backup/bzip2.h"
#include "lib/backup/media_path.h"
#include "lib/backup/records.h"
#include "lib/crypto/bytes.h"
#include "lib/crypto/sealed_bytes.h"
#include "lib/crypto/sha256.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace postrider {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t read_at_once = std::size_t{64} << 10;

class MediaInput {
public:
    explicit MediaInput(const fs::path& path)
        : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
        if (descriptor_ < 0 && errno != ENOENT && errno != ENOTDIR) fail();
    }
    MediaInput(const MediaInput&) = delete;
    MediaInput& operator=(const MediaInput&) = delete;
    ~MediaInput() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    bool is_there() const { return descriptor_ >= 0; }
    /// nullopt: it is no file.
    std::optional<std::uint64_t> size() const {
        struct stat status {};
        if (::fstat(descriptor_, &status) != 0) fail();
        if (!S_ISREG(status.st_mode)) return std::nullopt;
        return static_cast<std::uint64_t>(status.st_size);
    }
    std::size_t read(char* bytes, std::size_t count) const {
        for (;;) {
            const ssize_t got = ::read(descriptor_, bytes, count);
            if (got >= 0) return static_cast<std::size_t>(got);
            if (errno != EINTR) fail();
        }
    }

private:
    [[noreturn]] void fail() const {
        throw std::system_error(errno, std::generic_category(), "cannot read " + path_.string());
    }

    fs::path path_;
    int descriptor_;
};

/// simple_messagingoutgoingmessage, as the Django package names its files.
std::string without_dot(std::string model) {
    std::erase(model, '.');
    return model;
}

}  // namespace

BackupWriter::BackupWriter(BackupTarget& target, Secret key, std::string prefix)
    : target_(target), key_(std::move(key)), prefix_(std::move(prefix)) {}

void BackupWriter::begin_table(BackedUpTable table) {
    table_ = std::move(table);
    digest_ = RowDigest();
}

void BackupWriter::add_row(std::optional<std::string_view> id, std::string_view fields) {
    const std::string record = record_text(table_.model, id, fields);
    digest_.add(record);
    if (records_count_ > 0 && records_.size() + record.size() > size_max) end_piece();
    records_ += records_count_ == 0 ? "[" : ", ";
    records_ += record;
    ++table_.rows;
    if (++records_count_ == rows_max) end_piece();
}

void BackupWriter::end_piece() {
    records_ += ']';
    const std::string name = fmt::format("{}_{}_{:06}.json-dumpdata.bz2.encrypted", prefix_,
                                         without_dot(table_.model), table_.pieces.size() + 1);
    BackupPiece piece = put(name, seal_bytes(key_, bzip2_compressed(records_)));
    piece.records = records_count_;
    table_.pieces.push_back(std::move(piece));
    records_.clear();
    records_count_ = 0;
}

void BackupWriter::end_table() {
    if (records_count_ > 0) end_piece();
    table_.digest = digest_.value();
    manifest_.tables.push_back(std::move(table_));
}

bool BackupWriter::add_file(const fs::path& root, const std::string& name) {
    const auto missing = [&] {
        ++manifest_.files_missing;
        return false;
    };
    const auto path = media_path(root, name);
    if (!path) return missing();
    const MediaInput file(*path);
    if (!file.is_there()) return missing();
    const auto size = file.size();
    if (!size) return missing();
    if (!tar_)
        tar_ = std::make_unique<TarWriter>([this](std::string_view bytes) {
            media_ += bytes;
            if (media_.size() >= size_max) end_media_piece();
        });
    tar_->begin(name, *size);
    std::array<char, read_at_once> buffer{};
    for (std::uint64_t left = *size; left > 0;) {
        const std::size_t got = file.read(buffer.data(), std::min<std::uint64_t>(left, buffer.size()));
        if (got == 0) throw BackupError(fmt::format("{} became shorter while it was read", path->string()));
        tar_->add({buffer.data(), got});
        left -= got;
    }
    ++manifest_.files;
    manifest_.file_bytes += *size;
    return true;
}

void BackupWriter::end_media_piece() {
    const std::string name =
        fmt::format("{}_media_{:06}.tar-part.encrypted", prefix_, manifest_.media.size() + 1);
    manifest_.media.push_back(put(name, seal_bytes(key_, media_)));
    media_.clear();
}

BackupPiece BackupWriter::put(const std::string& name, std::string_view sealed) const {
    target_.put(name, sealed);
    const std::string hash = sha256(sealed);
    return {name, sealed.size(), hexadecimal(bytes_of(hash), hash.size()), 0};
}

BackupManifest BackupWriter::finish(BackupManifest facts) {
    if (tar_) {
        tar_->finish();
        if (!media_.empty()) end_media_piece();
    }
    facts.tables = std::move(manifest_.tables);
    facts.files = manifest_.files;
    facts.file_bytes = manifest_.file_bytes;
    facts.files_missing = manifest_.files_missing;
    facts.media = std::move(manifest_.media);
    put(prefix_ + "_manifest.json.bz2.encrypted", seal_bytes(key_, bzip2_compressed(to_json(facts))));
    target_.finish();
    return facts;
}

}  // namespace postrider
