#include "lib/backup/backup_target.h"

#include "lib/backup/backup_error.h"
#include "lib/backup/tar.h"
#include "lib/files/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <system_error>

namespace postrider {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view unfinished = ".unfinished-";

/// Held on a folder as long as something in it is being made.
class FolderUse {
public:
    /// What others began, and did not live to finish or to take away, is removed, unless somebody is at work.
    explicit FolderUse(const fs::path& folder)
        : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {
            std::error_code error;  // what cannot be removed is in nobody's way
            for (const fs::directory_entry& each : fs::directory_iterator(folder, error)) {
                if (each.path().filename().string().starts_with(unfinished))
                    fs::remove_all(each.path(), error);
            }
        }
        ::flock(descriptor_, LOCK_SH);  // on file systems that have no locks nothing is removed
    }
    FolderUse(const FolderUse&) = delete;
    FolderUse& operator=(const FolderUse&) = delete;
    ~FolderUse() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

private:
    int descriptor_;
};

class FolderTarget final : public BackupTarget {
public:
    FolderTarget(const fs::path& parent, const std::string& name) : final_(parent / name) {
        if (fs::exists(final_)) throw BackupError(fmt::format("{} is there already", final_.string()));
        make_private_folder(parent);
        use_.emplace(parent);
        std::string beside = (parent / (std::string(unfinished) + name + ".XXXXXX")).string();
        if (::mkdtemp(beside.data()) == nullptr)  // mode 0700
            throw std::system_error(errno, std::generic_category(),
                                    "cannot make a folder in " + parent.string());
        beside_ = beside;
    }
    FolderTarget(const FolderTarget&) = delete;
    FolderTarget& operator=(const FolderTarget&) = delete;
    ~FolderTarget() override {
        std::error_code error;
        if (!beside_.empty()) fs::remove_all(beside_, error);
    }

    void put(const std::string& name, std::string_view bytes) override {
        OutputFile file(beside_ / name);
        file.write(bytes);
        file.finish();
    }
    void finish() override {
        if (::rename(beside_.c_str(), final_.c_str()) != 0)
            throw std::system_error(errno, std::generic_category(),
                                    "cannot give its name to " + final_.string());
        beside_.clear();
        sync_folder(final_.parent_path());
    }

private:
    fs::path final_;
    fs::path beside_;
    std::optional<FolderUse> use_;
};

class StreamTarget final : public BackupTarget {
public:
    StreamTarget(std::string name, std::function<void(std::string_view)> out)
        : name_(std::move(name)), tar_(std::move(out)) {}

    void put(const std::string& name, std::string_view bytes) override {
        tar_.begin(name_ + "/" + name, bytes.size());
        tar_.add(bytes);
    }
    void finish() override { tar_.finish(); }

private:
    std::string name_;
    TarWriter tar_;
};

}  // namespace

std::unique_ptr<BackupTarget> make_folder_target(const fs::path& parent, const std::string& name) {
    return std::make_unique<FolderTarget>(parent, name);
}

std::unique_ptr<BackupTarget> make_stream_target(std::string name,
                                                 std::function<void(std::string_view)> out) {
    return std::make_unique<StreamTarget>(std::move(name), std::move(out));
}

}  // namespace postrider
