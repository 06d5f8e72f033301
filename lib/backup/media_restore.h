#pragma once

#include "lib/backup/backup_folder.h"

#include <filesystem>

namespace postrider {

/// Looks whether the backup's files can go below the media root: throws BackupError where one is there with
/// another content, or has a name that leads out of it. Reads all of them.
void check_media(const BackupFolder& backup, const std::filesystem::path& root);

/// Puts them there, each under its name once it is whole; what is there already stays. The root is made where it
/// is missing. Throws std::system_error where that fails.
void restore_media(const BackupFolder& backup, const std::filesystem::path& root);

}  // namespace postrider
