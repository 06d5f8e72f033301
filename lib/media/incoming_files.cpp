#include "lib/media/incoming_files.h"

#include "lib/crypto/bytes.h"
#include "lib/crypto/sha256.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
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

/// A descriptor that is closed with it.
class OpenFile {
public:
    OpenFile(const fs::path& path, int flags) : descriptor_(::open(path.c_str(), flags, readable_by_group)) {
        if (descriptor_ < 0) fail("a file of an incoming message cannot be opened");
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() { ::close(descriptor_); }

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

/// Gone with the object, whatever came of it.
struct Temporary {
    fs::path path;
    ~Temporary() { ::unlink(path.c_str()); }
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
    const Temporary temporary{folder / ("." + digits + "." + std::to_string(::getpid()))};
    {
        const OpenFile open(temporary.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW);
        open.write(bytes);
        open.sync();
    }
    // It has its name whole or not at all; what is there by that name is the same.
    if (::link(temporary.path.c_str(), (folder / file).c_str()) != 0 && errno != EEXIST)
        fail("a file of an incoming message cannot be named");
    OpenFile(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC).sync();
    return std::string(folder_name) + "/" + file;
}

}  // namespace postrider
