#include "lib/media/incoming_files.h"

#include "lib/crypto/bytes.h"
#include "lib/crypto/sha256.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace postrider {

namespace {

namespace fs = std::filesystem;

constexpr const char* folder_name = "incoming_message_media";
constexpr std::size_t extension_max = 8;
constexpr mode_t readable_by_group = 0640;

/// `.pdf` of `My report.PDF`; nothing of what is no plain one.
std::string extension_of(const std::string& name) {
    const auto dot = name.rfind('.');
    if (dot == std::string::npos) return "";
    std::string extension = name.substr(dot + 1);
    for (char& c : extension) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    const bool plain = std::all_of(extension.begin(), extension.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
    return plain && !extension.empty() && extension.size() <= extension_max ? "." + extension : "";
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/// A descriptor that is closed with it; -1: none.
class OpenFile {
public:
    explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    int descriptor() const { return descriptor_; }
    void write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail("a file of an incoming message cannot be written");
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void sync() const {
        if (::fsync(descriptor_) != 0) fail("a file of an incoming message cannot be written");
    }

private:
    int descriptor_;
};

/// A file without a name, which is gone whatever ends us; or, where a file system has none such, one with a
/// hidden name that nobody else has.
class UnnamedFile {
public:
    explicit UnnamedFile(const fs::path& folder)
        : path_((folder / ".incoming-XXXXXX").string()), file_(open(folder, path_)) {}
    UnnamedFile(const UnnamedFile&) = delete;
    UnnamedFile& operator=(const UnnamedFile&) = delete;
    ~UnnamedFile() {
        if (!path_.empty()) ::unlink(path_.c_str());
    }

    const OpenFile& file() const { return file_; }
    /// Does nothing if something has that name.
    void give_name(const fs::path& name) const {
        const std::string ours =
            path_.empty() ? "/proc/self/fd/" + std::to_string(file_.descriptor()) : path_;
        if (::linkat(AT_FDCWD, ours.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0 &&
            errno != EEXIST)
            fail("a file of an incoming message cannot be named");
    }

private:
    /// `path` comes to be empty where there is no name.
    static int open(const fs::path& folder, std::string& path) {
        const int unnamed = ::open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, readable_by_group);
        if (unnamed >= 0) {
            path.clear();
            return unnamed;
        }
        if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
            fail("a file of an incoming message cannot be opened");
        const int named = ::mkostemp(path.data(), O_CLOEXEC);
        if (named < 0) fail("a file of an incoming message cannot be opened");
        ::fchmod(named, readable_by_group);
        return named;
    }

    std::string path_;
    OpenFile file_;
};

}  // namespace

std::string IncomingFiles::keep(const std::string& message, const std::string& name,
                                std::string_view bytes) const {
    std::string identity = message + '\0';
    identity += bytes;
    const std::string hash = sha256(identity);
    const std::string digits = hexadecimal(reinterpret_cast<const unsigned char*>(hash.data()), hash.size());
    const fs::path folder = root_ / folder_name;
    if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST)
        fail("the folder for files of incoming messages cannot be made");
    const std::string file = digits + extension_of(name);
    const UnnamedFile unnamed(folder);
    unnamed.file().write(bytes);
    unnamed.file().sync();
    // It has its name whole or not at all; what is there by that name is the same.
    unnamed.give_name(folder / file);
    const OpenFile opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.descriptor() < 0) fail("the folder for files of incoming messages cannot be opened");
    opened.sync();
    return std::string(folder_name) + "/" + file;
}

}  // namespace postrider
