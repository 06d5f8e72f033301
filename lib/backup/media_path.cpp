#include "lib/backup/media_path.h"

#include <algorithm>

namespace postrider {

namespace fs = std::filesystem;

std::optional<fs::path> media_path(const fs::path& root, const std::string& name) {
    if (name.empty() || name.find('\0') != std::string::npos || fs::path(name).is_absolute())
        return std::nullopt;
    std::error_code error;
    const fs::path base = fs::canonical(root, error);
    if (error) return std::nullopt;
    // Links are followed before it is looked where they lead.
    const fs::path path = fs::weakly_canonical(base / name, error);
    if (error || path == base) return std::nullopt;
    const bool inside = std::mismatch(base.begin(), base.end(), path.begin(), path.end()).first == base.end();
    return inside ? std::optional<fs::path>(path) : std::nullopt;
}

}  // namespace postrider
