#pragma once

#include <cstdint>
#include <string>

namespace postrider {

/// A row of simple_messaging_outgoingmessagemedia: a file that goes with a message.
struct Media {
    std::string content_file;  ///< relative to the media root; empty: the row has none
    std::string content_type;  ///< `image/png`

    bool operator==(const Media&) const = default;
};

/// The file itself, as a transport gets it.
struct MediaFile {
    std::string path;  ///< on this host
    std::string content_type;
    std::uintmax_t bytes = 0;
    std::string url;  ///< where the provider can fetch it, for some hours; empty: nowhere

    bool operator==(const MediaFile&) const = default;
};

}  // namespace postrider
