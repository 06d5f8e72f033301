#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace postrider {

/// A file that only its owner may read, unless `mode` says otherwise, and that has its name only once it is whole and
/// on the disk: until `finish` it is written beside it, and without that nothing is left. All throw std::system_error
/// with the file's name and the reason, such as a full disk.
class OutputFile {
public:
    explicit OutputFile(std::filesystem::path file, unsigned mode = 0600);
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    ~OutputFile();

    void write(std::string_view bytes);
    /// Takes the place of a file of that name.
    void finish();

private:
    [[noreturn]] void fail(const std::string& what) const;

    std::filesystem::path file_;
    std::string beside_;
    int descriptor_ = -1;
};

/// All of `bytes` to an open file or pipe. Throws std::system_error, whose text begins with `what`.
void write_all(int descriptor, std::string_view bytes, const std::string& what);

/// Makes a folder that only its owner may read; those above it are made as the umask has it, and one that is there
/// stays as it is. Throws std::system_error.
void make_private_folder(const std::filesystem::path& folder);

/// Has what was done in a folder outlive a crash of the machine.
void sync_folder(const std::filesystem::path& folder);

}  // namespace postrider
