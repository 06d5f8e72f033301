#include "lib/backup/backup_target.h"

#include "lib/backup/backup_error.h"
#include "lib/backup/tar.h"
#include "lib/files/output_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace postrider {

namespace {

namespace fs = std::filesystem;

class FolderTarget final : public BackupTarget {
public:
    FolderTarget(const fs::path& parent, const std::string& name) : final_(parent / name) {
        if (fs::exists(final_)) throw BackupError(fmt::format("{} is there already", final_.string()));
        std::error_code error;
        if (fs::create_directories(parent, error)) ::chmod(parent.c_str(), 0700);
        std::string beside = (parent / ("." + name + ".XXXXXX")).string();
        if (error || ::mkdtemp(beside.data()) == nullptr)  // mode 0700
            throw std::system_error(error ? error.value() : errno, std::generic_category(),
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
