#include "transports/email/mail.h"

#include "lib/mime/gmime.h"
#include "lib/text/utf8.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string_view>

namespace postrider::email {

namespace {

using gmime::Held;

/// A part with these bytes, of which it makes a copy.
Held<GMimePart> part_of(GMimeContentType* type, std::string_view bytes, GMimeContentEncoding encoding) {
    Held<GMimePart> part(g_mime_part_new());
    g_mime_object_set_content_type(GMIME_OBJECT(part.get()), type);
    g_object_unref(type);
    const Held<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
    const Held<GMimeDataWrapper> content(
        g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
    g_mime_part_set_content(part.get(), content.get());
    g_mime_part_set_content_encoding(part.get(), encoding);
    return part;
}

/// Not GMime's own text part: that goes into the smallest character set that will do, and old readers know
/// few of them.
Held<GMimeObject> text_part(const std::string& text, const char* subtype) {
    std::string lines;  // that end in LF: GMime makes CRLF of it
    lines.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\r') lines += text[i];
        if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) lines += '\n';
    }
    GMimeContentType* const type = g_mime_content_type_new("text", subtype);
    g_mime_content_type_set_parameter(type, "charset", "utf-8");
    return Held<GMimeObject>(
        GMIME_OBJECT(part_of(type, lines, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE).release()));
}

/// `boundary` occurs in no part: texts are quoted-printable, where `=_` cannot be, and files base64.
Held<GMimeMultipart> multipart(const char* subtype, const std::string& boundary) {
    Held<GMimeMultipart> whole(g_mime_multipart_new_with_subtype(subtype));
    g_mime_multipart_set_boundary(whole.get(), ("=_" + boundary).c_str());
    return whole;
}

/// What stands behind the last `/`.
std::string base_name(const std::string& path) {
    std::string name = path.substr(path.rfind('/') + 1);
    std::erase_if(name, is_control);
    return storable(std::move(name));
}

Held<GMimeObject> file_part(const MediaFile& file, const std::string& bytes) {
    GMimeContentType* type = g_mime_content_type_parse(nullptr, file.content_type.c_str());
    if (!type) type = g_mime_content_type_new("application", "octet-stream");
    GMimePart* const part = part_of(type, bytes, GMIME_CONTENT_ENCODING_BASE64).release();
    g_mime_object_set_disposition(GMIME_OBJECT(part), "attachment");
    g_mime_part_set_filename(part, base_name(file.path).c_str());
    return Held<GMimeObject>(GMIME_OBJECT(part));
}

boost::system::result<std::string, MailFault> read_file(const MediaFile& file) {
    std::ifstream stream(file.path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    if (!stream.good() && !stream.eof()) return MailFault{"a file cannot be read now", true};
    if (bytes.size() != file.bytes) return MailFault{"a file changed while it was read", true};
    return {boost::system::in_place_value, std::move(bytes)};
}

void set_mailboxes(GMimeMessage* message, GMimeAddressType type, const std::vector<Mailbox>& mailboxes) {
    for (const Mailbox& each : mailboxes) {
        const char* const name = each.name.empty() ? nullptr : each.name.c_str();
        g_mime_message_add_mailbox(message, type, name, each.address.c_str());
    }
}

void set_headers(GMimeMessage* message, const Mail& mail) {
    using std::chrono::floor;
    const auto seconds = floor<std::chrono::seconds>(mail.date.time_since_epoch()).count();
    GDateTime* const date = g_date_time_new_from_unix_utc(seconds);
    g_mime_message_set_date(message, date);
    g_date_time_unref(date);
    set_mailboxes(message, GMIME_ADDRESS_TYPE_FROM, {mail.from});
    set_mailboxes(message, GMIME_ADDRESS_TYPE_TO, mail.to);
    set_mailboxes(message, GMIME_ADDRESS_TYPE_CC, mail.cc);
    g_mime_message_set_subject(message, mail.subject.c_str(), "utf-8");
    g_mime_message_set_message_id(message, mail.message_id.c_str());
    // RFC 3834: nobody's holiday notice shall answer it.
    g_mime_object_append_header(GMIME_OBJECT(message), "Auto-Submitted", "auto-generated", nullptr);
    g_mime_object_append_header(GMIME_OBJECT(message), "MIME-Version", "1.0", nullptr);
}

std::string written(GMimeMessage* message) {
    GMimeFormatOptions* const options = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
    g_mime_format_options_set_param_encoding_method(options, GMIME_PARAM_ENCODING_METHOD_RFC2231);
    char* const text = g_mime_object_to_string(GMIME_OBJECT(message), options);
    std::string result(text);
    g_free(text);
    g_mime_format_options_free(options);
    if (!result.ends_with("\r\n")) result += "\r\n";
    return result;
}

}  // namespace

boost::system::result<std::string, MailFault> write_mail(const Mail& mail) {
    gmime::start();
    const std::string mark = mail.message_id.substr(0, mail.message_id.find('@'));
    Held<GMimeObject> body = text_part(mail.text, "plain");
    if (mail.html) {
        auto both = multipart("alternative", "a." + mark);
        g_mime_multipart_add(both.get(), body.get());
        g_mime_multipart_add(both.get(), text_part(*mail.html, "html").get());
        body.reset(GMIME_OBJECT(both.release()));
    }
    if (!mail.files.empty()) {
        auto all = multipart("mixed", "m." + mark);
        g_mime_multipart_add(all.get(), body.get());
        for (const MediaFile& file : mail.files) {
            auto bytes = read_file(file);
            if (!bytes) return bytes.error();
            g_mime_multipart_add(all.get(), file_part(file, *bytes).get());
        }
        body.reset(GMIME_OBJECT(all.release()));
    }
    const Held<GMimeMessage> message(g_mime_message_new(TRUE));
    set_headers(message.get(), mail);
    g_mime_message_set_mime_part(message.get(), body.get());
    return {boost::system::in_place_value, written(message.get())};
}

}  // namespace postrider::email
