#pragma once

#include "lib/model/private.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// Until when the backups in `folder` can bring back the database with this salt: the latest full one, and those
/// after it that begin where one before them ends, or earlier. As manifests have moments; nullopt: no full one is
/// there. What is no backup, was not finished, or opens with none of `keys`, does not count.
std::optional<std::string> backed_up_until(const std::filesystem::path& folder,
                                           const std::vector<Secret>& keys, const std::string& hash_salt);

}  // namespace postrider
