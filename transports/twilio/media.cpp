#include "transports/twilio/media.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace postrider::twilio {

namespace {

constexpr std::size_t files_max = 10;
constexpr std::uintmax_t all_bytes_max = std::uintmax_t{5} << 20;
constexpr std::uintmax_t other_bytes_max = std::uintmax_t{500} << 10;

/// Those that handsets show, and that Twilio makes smaller where it must.
constexpr std::array<std::string_view, 4> images{"image/jpeg", "image/jpg", "image/png", "image/gif"};

constexpr std::array<std::string_view, 41> others{
    "image/heic",      "image/heif",        "image/tiff",
    "image/bmp",       "video/mpeg4",       "video/mp4",
    "video/mpeg",      "video/webm",        "video/quicktime",
    "video/3gpp",      "video/3gpp2",       "video/3gpp-tt",
    "video/h261",      "video/h263",        "video/h263-1998",
    "video/h263-2000", "video/h264",        "video/h265",
    "audio/ogg",       "audio/mpeg",        "audio/mp4",
    "audio/mp3",       "audio/3gpp",        "audio/3gpp2",
    "audio/basic",     "audio/l24",         "audio/vnd.rn-realaudio",
    "audio/vnd.wave",  "audio/ac3",         "audio/webm",
    "audio/amr-nb",    "audio/amr",         "text/vcard",
    "text/x-vcard",    "text/directory",    "text/csv",
    "text/richtext",   "text/rtf",          "text/calendar",
    "application/pdf", "application/vcard",
};

template <std::size_t count>
bool is_one_of(const std::array<std::string_view, count>& types, const std::string& type) {
    return !type.empty() && std::find(types.begin(), types.end(), type) != types.end();
}

}  // namespace

MediaLimits media_limits() { return {files_max, all_bytes_max, true}; }

std::optional<std::string> medium_objection(const MediaFile& medium) {
    const std::string type = bare_type(medium.content_type);
    const bool image = is_one_of(images, type);
    if (!image && !is_one_of(others, type))
        return fmt::format("is of type {}, which Twilio does not take", type.empty() ? "(none)" : type);
    const std::uintmax_t bytes_max = image ? all_bytes_max : other_bytes_max;
    if (medium.bytes <= bytes_max) return std::nullopt;
    return fmt::format("has {} KB: of type {} Twilio takes at most {}", medium.bytes >> 10, type,
                       bytes_max >> 10);
}

}  // namespace postrider::twilio
