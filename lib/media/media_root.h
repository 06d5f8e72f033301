#pragma once

#include "lib/dispatch/media_source.h"

#include <filesystem>
#include <string>

namespace postrider {

/// No provider takes a larger file.
inline constexpr std::uintmax_t media_bytes_max = std::uintmax_t{100} << 20;

/// The folder where a site keeps its files (Django's MEDIA_ROOT). No name leads out of it, neither by `..`
/// nor by a symbolic link.
class MediaRoot {
public:
    explicit MediaRoot(std::filesystem::path root) : root_(std::move(root)) {}

    /// Whether it is there, and may be read.
    bool readable() const;

    /// The regular file of that name, not empty and not above media_bytes_max. Without a link.
    boost::system::result<MediaFile, MediaFault> find(const Media& media) const;

private:
    std::filesystem::path root_;
};

}  // namespace postrider
