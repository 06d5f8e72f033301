#include "transports/email/parsed_mail.h"

#include "lib/mime/gmime.h"
#include "lib/text/trim.h"
#include "lib/text/utf8.h"
#include "transports/email/html_text.h"

#include <algorithm>

namespace postrider::email {

namespace {

constexpr std::size_t parts_max = 200;
constexpr int depth_max = 30;

using gmime::bytes_of;
using gmime::Held;
using gmime::HeldText;

/// As rows can hold it.
std::string sound(std::string text) {
    std::erase(text, '\0');
    return storable(std::move(text));
}

std::string from_c(const char* text) { return text ? sound(text) : ""; }

/// What says that it is of a character set and is not, is read as what old programs write.
std::string as_utf8(std::string bytes, const char* charset) {
    constexpr const char* otherwise = "windows-1252";
    for (const char* each : {charset, otherwise, "iso-8859-1"}) {
        if (each == otherwise && is_utf8(bytes)) return bytes;
        if (!each) continue;
        gsize size = 0;
        const HeldText text(g_convert(bytes.data(), static_cast<gssize>(bytes.size()), "UTF-8",
                                      g_mime_charset_iconv_name(each), nullptr, &size, nullptr));
        if (text) return {text.get(), size};
    }
    return bytes;
}

std::string text_of(GMimePart* part) {
    const char* const charset = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset");
    std::string text = sound(as_utf8(bytes_of(part), charset));
    std::erase(text, '\r');
    return text;
}

std::string header_of(GMimeObject* object, const char* name) {
    return from_c(g_mime_object_get_header(object, name));
}

std::string small(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

std::string without_brackets(std::string_view id) {
    id = without_outer_space(id);
    if (id.starts_with('<')) id.remove_prefix(1);
    return std::string(id.substr(0, id.find('>')));
}

/// The first mailbox of a list, within groups too.
std::string first_address(InternetAddressList* list) {
    for (int i = 0; list && i < internet_address_list_length(list); ++i) {
        InternetAddress* const each = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_MAILBOX(each))
            return from_c(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(each)));
    }
    return "";
}

Held<GMimeMessage> parsed(std::string_view bytes) {
    const Held<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
    const Held<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
    return Held<GMimeMessage>(g_mime_parser_construct_message(parser.get(), nullptr));
}

/// Goes through the tree and takes the first text of each kind, and every file.
class Walk {
public:
    explicit Walk(ParsedMail& mail) : mail_(mail) {}

    void take(GMimeObject* object, int depth) {
        if (!object || depth > depth_max || ++parts_ > parts_max) return;
        if (GMIME_IS_MULTIPART(object)) {
            auto* const multipart = GMIME_MULTIPART(object);
            for (int i = 0; i < g_mime_multipart_get_count(multipart); ++i)
                take(g_mime_multipart_get_part(multipart, i), depth + 1);
        } else if (GMIME_IS_MESSAGE_PART(object)) {
            take_message(object);
        } else if (GMIME_IS_PART(object)) {
            take_part(GMIME_PART(object));
        }
    }

    void end() {
        if (!has_plain_ && has_html_) mail_.text = text_of_html(html_);
    }

private:
    void take_part(GMimePart* part) {
        GMimeContentType* const type = g_mime_object_get_content_type(GMIME_OBJECT(part));
        const char* const name = g_mime_part_get_filename(part);
        const bool attached = g_mime_part_is_attachment(part) || name;
        const bool is_text = g_mime_content_type_is_type(type, "text", "*");
        if (g_mime_content_type_is_type(type, "message", "delivery-status")) {
            mail_.delivery_status = sound(bytes_of(part));
        } else if (g_mime_content_type_is_type(type, "message", "feedback-report")) {
            mail_.feedback = sound(bytes_of(part));
        } else if (g_mime_content_type_is_type(type, "text", "rfc822-headers")) {
            take_returned(parsed(bytes_of(part) + "\r\n").get());
        } else if (!attached && is_text && g_mime_content_type_is_type(type, "text", "html")) {
            if (!has_html_) html_ = text_of(part);
            has_html_ = true;
        } else if (!attached && is_text) {
            if (!has_plain_) mail_.text = text_of(part);
            has_plain_ = true;
        } else {
            const HeldText its_type(g_mime_content_type_get_mime_type(type));
            mail_.files.push_back({from_c(name), from_c(its_type.get()), bytes_of(part)});
        }
    }

    /// A forwarded message is a file; the one that a report returns tells which it is.
    void take_message(GMimeObject* object) {
        GMimeMessage* const inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
        if (!inner) return;
        take_returned(inner);
        const HeldText whole(g_mime_object_to_string(GMIME_OBJECT(inner), nullptr));
        if (whole) mail_.files.push_back({"message.eml", "message/rfc822", whole.get()});
    }

    void take_returned(GMimeMessage* message) {
        if (!message || !mail_.returned_message_id.empty()) return;
        mail_.returned_message_id = without_brackets(header_of(GMIME_OBJECT(message), "Message-ID"));
        mail_.returned_copies = header_of(GMIME_OBJECT(message), "Cc");
    }

    ParsedMail& mail_;
    std::size_t parts_ = 0;
    std::string html_;
    bool has_plain_ = false;
    bool has_html_ = false;
};

}  // namespace

ParsedMail parse_mail(std::string_view bytes) {
    gmime::start();
    ParsedMail mail;
    const Held<GMimeMessage> message = parsed(bytes);
    if (!message) return mail;
    GMimeObject* const whole = GMIME_OBJECT(message.get());
    mail.from = first_address(g_mime_message_get_from(message.get()));
    mail.from_all = header_of(whole, "From");
    for (const char* name : {"Delivered-To", "X-Original-To"}) {
        if (mail.to.empty()) mail.to = without_brackets(header_of(whole, name));
    }
    if (mail.to.empty()) mail.to = first_address(g_mime_message_get_to(message.get()));
    mail.subject = from_c(g_mime_message_get_subject(message.get()));
    mail.message_id = without_brackets(header_of(whole, "Message-ID"));
    mail.in_reply_to = header_of(whole, "In-Reply-To");
    mail.references = header_of(whole, "References");
    const std::string submitted = small(header_of(whole, "Auto-Submitted"));
    const std::string precedence = small(header_of(whole, "Precedence"));
    const bool many = precedence == "bulk" || precedence == "junk" || precedence == "list";
    const bool suppresses = !header_of(whole, "X-Auto-Response-Suppress").empty();
    mail.is_automatic = (!submitted.empty() && submitted != "no") || many || suppresses;
    Walk walk(mail);
    walk.take(g_mime_message_get_mime_part(message.get()), 0);
    walk.end();
    return mail;
}

}  // namespace postrider::email
