#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace postrider {

/// Where the files of a backup go. What cannot be written throws std::system_error or BackupError.
class BackupTarget {
public:
    virtual ~BackupTarget() = default;
    virtual void put(const std::string& name, std::string_view bytes) = 0;
    /// All is there: comes back once it is safe.
    virtual void finish() = 0;
};

/// The folder `name` in `parent`, both readable by their owner only where we make them. It has its name once it
/// is finished; without that nothing is left of it, at the latest once the next one is made in `parent`. Throws
/// BackupError where it is there already.
std::unique_ptr<BackupTarget> make_folder_target(const std::filesystem::path& parent,
                                                 const std::string& name);

/// A tar archive with a folder `name`, piece by piece to `out`.
std::unique_ptr<BackupTarget> make_stream_target(std::string name, std::function<void(std::string_view)> out);

}  // namespace postrider
