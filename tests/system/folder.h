#pragma once

#include <filesystem>
#include <string>

namespace postrider::testing {

/// A temporary folder, gone with the object.
class Folder {
public:
    Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder();

    const std::filesystem::path& path() const { return path_; }
    /// Writes a file of it, and returns its path.
    std::filesystem::path write(const std::string& name, const std::string& content) const;

private:
    std::filesystem::path path_;
};

/// All of a file; "" where there is none.
std::string contents(const std::filesystem::path& file);

}  // namespace postrider::testing
