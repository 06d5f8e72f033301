#include "transports/email/request.h"

#include "lib/text/json_object.h"
#include "lib/text/template/template.h"
#include "lib/text/utf8.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::email {

namespace {

namespace json = boost::json;

constexpr std::size_t token_digits = 16;  // enough that nobody finds one by trying
constexpr std::size_t subject_bytes_max = 900;
constexpr std::size_t copies_max = 100;  // RFC 5321 § 4.5.3.1.8: what every server must take

Outcome rejected(std::string reason) { return Outcome::failed(Verdict::rejected, std::move(reason)); }

/// The texts of a metadata key, which may be absent; an Outcome where it is anything else.
boost::system::result<std::vector<std::string>, Outcome> texts_of(const json::object& metadata,
                                                                  std::string_view key) {
    std::vector<std::string> texts;
    const json::value* const value = metadata.if_contains(key);
    if (!value || value->is_null()) return texts;
    if (!value->is_array()) return rejected(fmt::format("{} in its metadata is no list", key));
    for (const json::value& each : value->get_array()) {
        if (!each.is_string()) return rejected(fmt::format("{} in its metadata is no list of texts", key));
        texts.emplace_back(each.get_string());
    }
    return texts;
}

/// The text of a metadata key; nullopt where it is absent.
boost::system::result<std::optional<std::string>, Outcome> text_of(const json::object& metadata,
                                                                   std::string_view key) {
    const json::value* const value = metadata.if_contains(key);
    if (!value || value->is_null()) return std::optional<std::string>();
    if (!value->is_string()) return rejected(fmt::format("{} in its metadata is no text", key));
    return std::optional<std::string>(value->get_string());
}

boost::system::result<std::vector<Mailbox>, Outcome> mailboxes_of(const json::object& metadata,
                                                                  std::string_view key) {
    const auto texts = texts_of(metadata, key);
    if (!texts) return texts.error();
    if (texts->size() > copies_max)
        return rejected(fmt::format("{} in its metadata has more than {} addresses", key, copies_max));
    std::vector<Mailbox> mailboxes;
    for (std::size_t i = 0; i < texts->size(); ++i) {
        auto mailbox = parse_mailbox((*texts)[i]);
        if (!mailbox)
            return rejected(
                fmt::format("{} in its metadata: address {} {}", key, i + 1, mailbox.error().what));
        mailboxes.push_back(std::move(*mailbox));
    }
    return mailboxes;
}

boost::system::result<std::optional<std::string>, Outcome> html_of(const json::object& metadata) {
    constexpr std::string_view key = "email_html_content";
    auto text = text_of(metadata, key);
    if (!text || !*text) return text;
    const auto parsed = Template::parse(**text);
    if (!parsed)
        return rejected(fmt::format("{} is a template with a fault: {}", key, parsed.error().describe()));
    RenderOptions options;
    options.escape_html = true;
    auto rendered = parsed->render(metadata, options);
    if (!rendered)
        return rejected(fmt::format("{} is a template with a fault: {}", key, rendered.error().describe()));
    return std::optional<std::string>(std::move(*rendered));
}

}  // namespace

boost::system::result<Letter, Outcome> letter_of(const PreparedRequest& request, const Settings& settings,
                                                 TimePoint now) {
    auto to = parse_mailbox(request.destination.reveal());
    if (!to) return rejected("the destination " + to.error().what);
    if (!is_utf8(request.text.reveal())) return rejected("the text is not valid UTF-8");
    if (request.text.reveal().find('\0') != std::string::npos) return rejected("the text has a zero byte");
    const json::object metadata = parse_json_object(request.metadata.value_or(""));
    Letter letter;
    Mail& mail = letter.mail;
    const auto from = text_of(metadata, "email_from_address");
    if (!from) return from.error();
    mail.from = settings.from;
    if (*from) {
        auto mailbox = parse_mailbox(**from);
        if (!mailbox) return rejected("email_from_address in its metadata " + mailbox.error().what);
        mail.from = std::move(*mailbox);
    }
    const auto subject = text_of(metadata, "email_subject");
    if (!subject) return subject.error();
    mail.subject = subject->value_or(settings.subject);
    // As the framework of the Django package demands: a second line would be another header.
    if (!is_utf8(mail.subject) || has_controls(mail.subject))
        return rejected("email_subject in its metadata is not one line of UTF-8");
    if (mail.subject.size() > subject_bytes_max) return rejected("email_subject in its metadata is too long");
    auto cc = mailboxes_of(metadata, "email_cc_addresses");
    if (!cc) return cc.error();
    auto bcc = mailboxes_of(metadata, "email_bcc_addresses");
    if (!bcc) return bcc.error();
    auto html = html_of(metadata);
    if (!html) return html.error();
    mail.html = std::move(*html);
    mail.to.push_back(std::move(*to));
    mail.cc = std::move(*cc);
    for (const std::vector<Mailbox>* some : {&mail.to, &mail.cc, &*bcc}) {
        for (const Mailbox& each : *some) {
            const auto known = std::find(letter.recipients.begin(), letter.recipients.end(), each.address);
            if (known == letter.recipients.end()) letter.recipients.push_back(each.address);
        }
    }
    mail.date = now;
    // The same at every try: what arrives twice can be known by it (RFC 5322 § 3.6.4).
    mail.message_id = fmt::format("m{}.{}@{}", request.message.id, request.token, settings.from.domain());
    mail.text = request.text.reveal();
    mail.files = request.media;
    return letter;
}

std::string envelope_sender(const PreparedRequest& request, const Mail& mail, const Settings& settings) {
    if (settings.envelope_sender.empty()) return mail.from.address;
    const auto at = settings.envelope_sender.rfind('@');
    return fmt::format("{}+m{}.{}{}", settings.envelope_sender.substr(0, at), request.message.id,
                       request.token.substr(0, token_digits), settings.envelope_sender.substr(at));
}

SmtpRequest to_smtp(const PreparedRequest& request, Letter letter, std::string written,
                    const Settings& settings) {
    SmtpRequest smtp;
    smtp.host = settings.host;
    smtp.port = settings.port;
    smtp.security = settings.security;
    smtp.ca_file = settings.ca_file;
    smtp.ehlo_name = settings.ehlo_name;
    smtp.credentials = settings.credentials;
    smtp.sender = envelope_sender(request, letter.mail, settings);
    smtp.recipients = std::move(letter.recipients);
    smtp.message = std::move(written);
    smtp.timeout = settings.timeout;
    return smtp;
}

}  // namespace postrider::email
