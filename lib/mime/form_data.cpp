#include "lib/mime/form_data.h"

#include "lib/mime/gmime.h"

#include <algorithm>

namespace postrider {

namespace {

using gmime::Held;
using gmime::HeldText;

constexpr std::size_t parts_max = 200;
constexpr std::size_t boundary_max = 70;  // RFC 2046 § 5.1.1

std::string from_c(const char* text) { return text ? text : ""; }

/// Empty where there is none that can be used.
std::string boundary_of(GMimeContentType* type) {
    std::string boundary = from_c(g_mime_content_type_get_parameter(type, "boundary"));
    return boundary.size() <= boundary_max ? boundary : "";
}

/// Whether the body is in so few parts and comes to its end, by its lines: looked at before anything is built
/// of it.
bool is_bounded(std::string_view body, const std::string& boundary) {
    const std::string line = "--" + boundary;
    std::size_t parts = 0;
    for (std::size_t at = 0; (at = body.find(line, at)) != std::string_view::npos; at += line.size()) {
        if (at > 0 && body[at - 1] != '\n') continue;
        if (body.substr(at + line.size(), 2) == "--") return parts > 0;
        if (++parts > parts_max) return false;
    }
    return false;
}

/// Puts a part into the form. False for what belongs in none.
bool take(GMimeObject* object, FormData& form) {
    const std::string field = from_c(g_mime_object_get_content_disposition_parameter(object, "name"));
    const std::string kind = from_c(g_mime_object_get_disposition(object));
    if (g_ascii_strcasecmp(kind.c_str(), "form-data") != 0 || field.empty()) return false;
    // A mail as a file has been read as one.
    if (GMIME_IS_MESSAGE_PART(object)) {
        GMimeMessage* const message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
        const HeldText whole(message ? g_mime_object_to_string(GMIME_OBJECT(message), nullptr) : nullptr);
        form.files.push_back({field,
                              from_c(g_mime_object_get_content_disposition_parameter(object, "filename")),
                              "message/rfc822", from_c(whole.get())});
        return true;
    }
    if (!GMIME_IS_PART(object)) return false;
    GMimePart* const part = GMIME_PART(object);
    const char* const name = g_mime_part_get_filename(part);
    if (name) {
        const HeldText type(g_mime_content_type_get_mime_type(g_mime_object_get_content_type(object)));
        form.files.push_back({field, name, from_c(type.get()), gmime::bytes_of(part)});
    } else {
        form.fields.emplace_back(field, gmime::bytes_of(part));
    }
    return true;
}

}  // namespace

bool is_form_data(std::string_view content_type) {
    constexpr std::string_view name = "multipart/form-data";
    return content_type.size() >= name.size() &&
           g_ascii_strncasecmp(content_type.data(), name.data(), name.size()) == 0;
}

std::optional<FormData> parse_form_data(std::string_view content_type, std::string_view body) {
    gmime::start();
    std::string whole(content_type);
    std::replace_if(
        whole.begin(), whole.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    const Held<GMimeContentType> type(g_mime_content_type_parse(nullptr, whole.c_str()));
    if (!type || !g_mime_content_type_is_type(type.get(), "multipart", "form-data")) return std::nullopt;
    const std::string boundary = boundary_of(type.get());
    if (boundary.empty() || !is_bounded(body, boundary)) return std::nullopt;
    whole.insert(0, "Content-Type: ").append("\r\n\r\n").append(body);
    const Held<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(whole.data(), whole.size()));
    const Held<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
    const Held<GMimeObject> parsed(g_mime_parser_construct_part(parser.get(), nullptr));
    if (!parsed || !GMIME_IS_MULTIPART(parsed.get())) return std::nullopt;
    auto* const parts = GMIME_MULTIPART(parsed.get());
    FormData form;
    for (int i = 0; i < g_mime_multipart_get_count(parts); ++i) {
        if (!take(g_mime_multipart_get_part(parts, i), form)) return std::nullopt;
    }
    return form;
}

}  // namespace postrider
