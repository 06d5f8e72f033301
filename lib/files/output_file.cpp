#include "lib/files/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace postrider {

namespace fs = std::filesystem;

void write_all(int descriptor, std::string_view bytes, const std::string& what) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw std::system_error(errno, std::generic_category(), what);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void make_private_folder(const fs::path& folder) {
    std::error_code error;
    const bool made = fs::create_directories(folder, error);
    if (error) throw std::system_error(error, "cannot make folder " + folder.string());
    if (made) fs::permissions(folder, fs::perms::owner_all);
}

void sync_folder(const fs::path& folder) {
    const std::string name = folder.empty() ? "." : folder.string();
    const int descriptor = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0 || ::fsync(descriptor) != 0) {
        const int error = errno;
        if (descriptor >= 0) ::close(descriptor);
        throw std::system_error(error, std::generic_category(), "cannot write folder " + name);
    }
    ::close(descriptor);
}

OutputFile::OutputFile(fs::path file, unsigned mode)
    : file_(std::move(file)), beside_(file_.string() + ".XXXXXX") {
    descriptor_ = ::mkostemp(beside_.data(), O_CLOEXEC);  // mode 0600
    if (descriptor_ < 0 || ::fchmod(descriptor_, mode) != 0) fail("cannot make");
}

OutputFile::~OutputFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(beside_.c_str());
}

void OutputFile::write(std::string_view bytes) {
    write_all(descriptor_, bytes, "cannot write " + file_.string());
}

void OutputFile::finish() {
    if (::fsync(descriptor_) != 0) fail("cannot write");
    if (::rename(beside_.c_str(), file_.c_str()) != 0) fail("cannot give its name to");
    ::close(descriptor_);
    descriptor_ = -1;
    sync_folder(file_.parent_path());
}

void OutputFile::fail(const std::string& what) const {
    throw std::system_error(errno, std::generic_category(), what + " " + file_.string());
}

}  // namespace postrider
