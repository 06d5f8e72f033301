#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postrider {

/// A row of simple_messaging_outgoingmessagemedia: a file that goes with a message.
struct Media {
    std::string content_file;  ///< relative to the media root; empty: the row has none
    std::string content_type;  ///< `image/png`

    bool operator==(const Media&) const = default;
};

/// What a file is made into for a provider that does not take it as it is.
struct MediaForm {
    std::string content_type;  ///< as types_from() of a MediaSource has it
    std::uintmax_t bytes_max = 0;

    bool operator==(const MediaForm&) const = default;
};

/// The file itself, as a transport gets it.
struct MediaFile {
    std::string path;  ///< on this host; empty: it is converted, and there is a URL only
    std::string content_type;
    std::uintmax_t bytes = 0;
    std::string url;  ///< where the provider can fetch it, for some hours; empty: nowhere

    bool operator==(const MediaFile&) const = default;
};

/// A content type without what may follow it, in small letters: `text/CSV; charset=utf-8` is `text/csv`.
std::string bare_type(std::string_view content_type);

}  // namespace postrider
