#include "lib/backup/media_restore.h"

#include "lib/backup/backup_error.h"
#include "lib/backup/media_path.h"
#include "lib/files/output_file.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <string>
#include <system_error>

namespace postrider {

namespace {

namespace fs = std::filesystem;

constexpr unsigned readable_by_group = 0640;  // as files of incoming messages are

/// A root that is not there yet leads nowhere else.
std::optional<fs::path> place_of(const fs::path& root, const std::string& name) {
    if (!fs::exists(root)) return media_path("/", name) ? std::optional<fs::path>(root / name) : std::nullopt;
    return media_path(root, name);
}

}  // namespace

void check_media(const BackupFolder& backup, const fs::path& root) {
    std::ifstream there;
    std::string name;
    std::string other;
    bool same = true;
    backup.files({.begin =
                      [&](const std::string& file, std::uint64_t size) {
                          name = file;
                          const auto path = place_of(root, file);
                          if (!path)
                              throw BackupError("the backup has a file whose name leads out of media.root");
                          there = std::ifstream();
                          std::error_code error;
                          if (!fs::exists(*path)) return;
                          same = fs::is_regular_file(*path) && fs::file_size(*path, error) == size;
                          there.open(*path, std::ios::binary);
                      },
                  .bytes =
                      [&](std::string_view bytes) {
                          if (!there.is_open()) return;
                          other.resize(bytes.size());
                          there.read(other.data(), static_cast<std::streamsize>(other.size()));
                          same = same && there && other == bytes;
                      },
                  .end =
                      [&] {
                          if (same) return;
                          throw BackupError(
                              fmt::format("{} is there with another content than in the backup; nothing "
                                          "was changed",
                                          (root / name).string()));
                      }});
}

void restore_media(const BackupFolder& backup, const fs::path& root) {
    if (backup.manifest().files == 0) return;
    fs::create_directories(root);
    std::optional<OutputFile> file;
    backup.files({.begin =
                      [&](const std::string& name, std::uint64_t) {
                          const auto path = media_path(root, name);
                          if (!path)
                              throw BackupError("the backup has a file whose name leads out of media.root");
                          if (fs::exists(*path)) return;
                          fs::create_directories(path->parent_path());
                          file.emplace(*path, readable_by_group);
                      },
                  .bytes =
                      [&](std::string_view bytes) {
                          if (file) file->write(bytes);
                      },
                  .end =
                      [&] {
                          if (file) file->finish();
                          file.reset();
                      }});
}

}  // namespace postrider
