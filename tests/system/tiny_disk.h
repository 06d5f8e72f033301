#pragma once

#include "tests/system/folder.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace postrider::testing {

/// A disk of a few megabytes, where nothing else is.
class TinyDisk {
public:
    TinyDisk() {
        mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=24m") == 0;
        ::chmod(folder_.path().c_str(), 0755);
    }
    /// To the user that the server runs as.
    void give_to(const std::filesystem::path& as_this_one) const {
        struct stat owner {};
        if (::stat(as_this_one.c_str(), &owner) != 0 ||
            ::chown(path().c_str(), owner.st_uid, owner.st_gid) != 0) {
            throw std::runtime_error("cannot give the disk away");
        }
    }
    TinyDisk(const TinyDisk&) = delete;
    TinyDisk& operator=(const TinyDisk&) = delete;
    ~TinyDisk() {
        if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
    }

    bool mounted() const { return mounted_; }
    const std::filesystem::path& path() const { return folder_.path(); }

    void fill() const {
        std::ofstream file(ballast());
        const std::string piece(4096, 'x');
        while (file.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
        }
    }
    void empty() const { std::filesystem::remove(ballast()); }

private:
    std::filesystem::path ballast() const { return folder_.path() / "ballast"; }

    Folder folder_;
    bool mounted_ = false;
};

}  // namespace postrider::testing
