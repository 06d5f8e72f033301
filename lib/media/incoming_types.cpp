#include "lib/media/incoming_types.h"

#include <algorithm>
#include <array>

namespace postrider {

namespace {

/// Types whose bytes look alike.
enum class Family { picture, motion, text, pdf, old_office, zipped_office };

struct KnownType {
    std::string_view type;
    std::string_view extension;
    Family family;
};

constexpr std::array known_types{
    KnownType{"image/jpeg", ".jpg", Family::picture},
    KnownType{"image/jpg", ".jpg", Family::picture},
    KnownType{"image/pjpeg", ".jpg", Family::picture},
    KnownType{"image/png", ".png", Family::picture},
    KnownType{"image/gif", ".gif", Family::picture},
    KnownType{"image/webp", ".webp", Family::picture},
    KnownType{"image/bmp", ".bmp", Family::picture},
    KnownType{"image/x-ms-bmp", ".bmp", Family::picture},
    KnownType{"image/tiff", ".tiff", Family::picture},
    KnownType{"image/heic", ".heic", Family::picture},
    KnownType{"image/heif", ".heif", Family::picture},
    KnownType{"image/avif", ".avif", Family::picture},
    KnownType{"video/mp4", ".mp4", Family::motion},
    KnownType{"video/mpeg4", ".mp4", Family::motion},
    KnownType{"video/mpeg", ".mpeg", Family::motion},
    KnownType{"video/webm", ".webm", Family::motion},
    KnownType{"video/quicktime", ".mov", Family::motion},
    KnownType{"video/3gpp", ".3gp", Family::motion},
    KnownType{"video/3gpp2", ".3g2", Family::motion},
    KnownType{"video/ogg", ".ogv", Family::motion},
    KnownType{"audio/mpeg", ".mp3", Family::motion},
    KnownType{"audio/mp3", ".mp3", Family::motion},
    KnownType{"audio/mp4", ".m4a", Family::motion},
    KnownType{"audio/x-m4a", ".m4a", Family::motion},
    KnownType{"audio/aac", ".aac", Family::motion},
    KnownType{"audio/ogg", ".ogg", Family::motion},
    KnownType{"audio/webm", ".webm", Family::motion},
    KnownType{"audio/amr", ".amr", Family::motion},
    KnownType{"audio/amr-nb", ".amr", Family::motion},
    KnownType{"audio/3gpp", ".3gp", Family::motion},
    KnownType{"audio/3gpp2", ".3g2", Family::motion},
    KnownType{"audio/wav", ".wav", Family::motion},
    KnownType{"audio/x-wav", ".wav", Family::motion},
    KnownType{"audio/vnd.wave", ".wav", Family::motion},
    KnownType{"audio/basic", ".au", Family::motion},
    KnownType{"audio/ac3", ".ac3", Family::motion},
    KnownType{"text/plain", ".txt", Family::text},
    KnownType{"text/vcard", ".vcf", Family::text},
    KnownType{"text/x-vcard", ".vcf", Family::text},
    KnownType{"text/directory", ".vcf", Family::text},
    KnownType{"application/vcard", ".vcf", Family::text},
    KnownType{"text/calendar", ".ics", Family::text},
    KnownType{"text/csv", ".csv", Family::text},
    KnownType{"text/rtf", ".rtf", Family::text},
    KnownType{"text/richtext", ".rtx", Family::text},
    KnownType{"application/rtf", ".rtf", Family::text},
    KnownType{"application/pdf", ".pdf", Family::pdf},
    KnownType{"application/msword", ".doc", Family::old_office},
    KnownType{"application/vnd.ms-excel", ".xls", Family::old_office},
    KnownType{"application/vnd.ms-powerpoint", ".ppt", Family::old_office},
    KnownType{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx",
              Family::zipped_office},
    KnownType{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx",
              Family::zipped_office},
    KnownType{"application/vnd.openxmlformats-officedocument.presentationml.presentation", ".pptx",
              Family::zipped_office},
    KnownType{"application/vnd.oasis.opendocument.text", ".odt", Family::zipped_office},
    KnownType{"application/vnd.oasis.opendocument.spreadsheet", ".ods", Family::zipped_office},
    KnownType{"application/vnd.oasis.opendocument.presentation", ".odp", Family::zipped_office},
};

constexpr std::size_t type_size_max = 128;  // characters of the site's column

const KnownType* find(std::string_view type) {
    const auto* const found = std::find_if(known_types.begin(), known_types.end(),
                                           [&](const KnownType& each) { return each.type == type; });
    return found == known_types.end() ? nullptr : found;
}

bool is_motion(std::string_view type) { return type.starts_with("audio/") || type.starts_with("video/"); }

/// In lower case and without parameters; empty for what is none, and for what says nothing.
std::string plain(std::string_view declared) {
    declared = declared.substr(0, declared.find(';'));
    while (declared.ends_with(' ')) declared.remove_suffix(1);
    std::string type;
    for (const char c : declared) type += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool sound = std::all_of(type.begin(), type.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("/+-._").find(c) != std::string_view::npos;
    });
    const auto slash = type.find('/');
    if (!sound || type.size() > type_size_max || slash == std::string::npos || slash == 0 ||
        slash + 1 == type.size() || type.find('/', slash + 1) != std::string::npos ||
        type.ends_with("/octet-stream"))
        return "";
    return type;
}

bool agrees(Family family, const std::string& detected) {
    switch (family) {
        case Family::picture: {
            const KnownType* const known = find(detected);
            return known != nullptr && known->family == Family::picture;
        }
        case Family::motion:  // some have no mark to know them by
            return is_motion(detected) || detected == "application/ogg" ||
                   detected == "application/octet-stream";
        case Family::text:
            return (detected.starts_with("text/") && detected != "text/html" && detected != "text/xml") ||
                   detected == "application/json" || detected == "application/csv";
        case Family::pdf: return detected == "application/pdf";
        case Family::old_office:
            return detected == "application/msword" || detected.starts_with("application/vnd.ms-") ||
                   detected == "application/cdfv2" || detected == "application/x-ole-storage";
        case Family::zipped_office:
            return detected == "application/zip" || detected.starts_with("application/vnd.oasis.") ||
                   detected.starts_with("application/vnd.openxmlformats-");
    }
    return false;
}

}  // namespace

JudgedType judge_type(const std::vector<std::string>& declared, const std::string& detected_type) {
    std::string said;
    for (const std::string& each : declared) {
        if (said.empty()) said = plain(each);
    }
    std::string detected = plain(detected_type);
    if (detected.empty()) detected = "application/octet-stream";
    JudgedType judged{.content_type = said.empty() ? detected : said, .extension = {}, .refusal = {}};
    const KnownType* known = find(judged.content_type);
    if (known == nullptr && !is_motion(judged.content_type)) {
        judged.refusal = "files of type " + judged.content_type + " are not taken";
    } else if (!agrees(known != nullptr ? known->family : Family::motion, detected)) {
        judged.refusal = "it is said to be " + judged.content_type + ", and its bytes are " + detected;
    } else if (known != nullptr && known->family == Family::picture &&
               find(detected)->extension != known->extension) {
        known = find(detected);
        judged.content_type = detected;
    }
    if (known != nullptr) judged.extension = known->extension;
    return judged;
}

}  // namespace postrider
