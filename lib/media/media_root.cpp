#include "lib/media/media_root.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace postrider {

namespace fs = std::filesystem;

bool MediaRoot::readable() const {
    std::error_code error;
    const fs::directory_iterator entries(root_, error);
    return !error;
}

boost::system::result<MediaFile, MediaFault> MediaRoot::find(const Media& media) const {
    const std::string& name = media.content_file;
    if (name.empty()) return MediaFault{"its row names no file"};
    if (name.find('\0') != std::string::npos) return MediaFault{"its name is none"};
    if (std::any_of(media.content_type.begin(), media.content_type.end(),
                    [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }))
        return MediaFault{"its type is none"};
    std::error_code error;
    const fs::path root = fs::canonical(root_, error);
    if (error || !readable()) return MediaFault{"the media root (media.root) cannot be read", true};
    // Links are followed before it is looked where they lead.
    const fs::path path = fs::weakly_canonical(root / fs::path(name).relative_path(), error);
    if (error) return MediaFault{"its file cannot be looked up: " + error.message(), true};
    const bool inside = std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
    if (!inside || fs::path(name).is_absolute()) return MediaFault{"its name leads out of the media root"};
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) return MediaFault{"its file is missing"};
    if (!fs::is_regular_file(status)) return MediaFault{"its name is not that of a file"};
    const std::uintmax_t bytes = fs::file_size(path, error);
    if (error) return MediaFault{"its file cannot be looked up: " + error.message(), true};
    if (::access(path.c_str(), R_OK) != 0) return MediaFault{"its file may not be read by this daemon"};
    if (bytes == 0) return MediaFault{"its file is empty"};
    if (bytes > media_bytes_max)
        return MediaFault{
            fmt::format("its file is too large: {} MB, at most {}", bytes >> 20, media_bytes_max >> 20)};
    return MediaFile{path.string(), media.content_type, bytes, ""};
}

}  // namespace postrider
