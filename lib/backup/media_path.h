#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace postrider {

/// Where a file of that name is, or would be, below a media root that is there; nullopt for a name that leads out of
/// it, by itself or by a symbolic link, and for none.
std::optional<std::filesystem::path> media_path(const std::filesystem::path& root, const std::string& name);

}  // namespace postrider
