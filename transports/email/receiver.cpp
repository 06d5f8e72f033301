#include "transports/email/receiver.h"

#include "lib/crypto/bytes.h"
#include "lib/crypto/sha256.h"
#include "lib/inbound/opt_out.h"
#include "lib/text/trim.h"
#include "transports/email/bounce.h"
#include "transports/email/complaint.h"
#include "transports/email/parsed_mail.h"

#include <boost/json/array.hpp>

#include <algorithm>

namespace postrider::email {

namespace {

namespace json = boost::json;

constexpr std::size_t message_id_max = 250;

/// The address as it is compared: of a domain letter case means nothing.
std::string normalised(const std::string& address) {
    const auto mailbox = parse_mailbox(address);
    if (!mailbox) return "";
    std::string text = mailbox->address;
    for (std::size_t i = text.rfind('@'); i < text.size(); ++i) {
        if (text[i] >= 'A' && text[i] <= 'Z') text[i] = static_cast<char>(text[i] - 'A' + 'a');
    }
    return text;
}

/// What the sender has written himself, before what he replies to: a program's line "… wrote:", or `>`.
std::string own_words(std::string_view text) {
    std::string own;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string_view line = without_outer_space(text.substr(0, end));
        if (line.starts_with('>') || line.ends_with("wrote:")) break;
        own.append(line).append("\n");
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return own;
}

json::object metadata_of(const ParsedMail& mail, const Sealer& sealer) {
    json::object metadata;
    const auto set = [&](const char* key, const std::string& value) {
        if (!value.empty()) metadata[key] = value;
    };
    set("email_from", mail.from_all.empty() ? "" : sealer.address(mail.from_all));
    set("email_subject", mail.subject.empty() ? "" : sealer.text(mail.subject));
    set("email_message_id", mail.message_id);
    set("email_in_reply_to", mail.in_reply_to);
    set("email_references", mail.references);
    if (mail.is_automatic) metadata["email_auto_submitted"] = true;
    json::array names;
    for (const AttachedFile& each : mail.files) names.emplace_back(sealer.text(each.name));
    if (!names.empty()) metadata["email_attachments"] = std::move(names);
    return metadata;
}

class EmailReader final : public MailReader {
public:
    explicit EmailReader(const Settings& settings)
        : domain_(settings.from.domain()), envelope_sender_(settings.envelope_sender) {}

    MailReading read(std::string_view bytes, const std::string& recipient,
                     const Sealer& sealer) const override {
        ParsedMail mail = parse_mail(bytes);
        MailReading result;
        result.reading.kind = WebhookReading::Kind::received;
        if (auto report = report_of(mail, domain_)) {
            result.reading.reports.push_back(std::move(*report));
            return result;
        }
        result.unproved = unproved_report_of(mail, recipient.empty() ? mail.to : recipient, envelope_sender_);
        if (!result.unproved) result.unproved = complaint_of(mail, domain_, envelope_sender_);
        IncomingMessage message;
        message.sender = Address(normalised(mail.from));
        message.recipient = Address(normalised(recipient.empty() ? mail.to : recipient));
        if (message.sender.empty()) return {WebhookReading::broken("it has no From that is an address"), {}};
        if (message.recipient.empty())
            return {WebhookReading::broken("nothing says to which address it came"), {}};
        message.provider_id = mail.message_id;
        if (mail.message_id.empty() || mail.message_id.size() > message_id_max) {
            const std::string hash = sha256(bytes);
            message.provider_id =
                "sha256:" + hexadecimal(reinterpret_cast<const unsigned char*>(hash.data()), hash.size());
        }
        message.says_nothing_of_opt_out =
            mail.is_automatic || !mail.delivery_status.empty() || !mail.feedback.empty();
        if (read_opt_out(mail.subject) == OptOut::stop || read_opt_out(own_words(mail.text)) == OptOut::stop)
            message.opt_out_type = "STOP";
        message.metadata = metadata_of(mail, sealer);
        message.text = Text(std::move(mail.text));
        result.reading.messages.push_back(std::move(message));
        result.files = std::move(mail.files);
        return result;
    }

private:
    std::string domain_;
    std::string envelope_sender_;
};

}  // namespace

std::shared_ptr<const MailReader> make_mail_reader(const Settings& settings) {
    return std::make_shared<EmailReader>(settings);
}

}  // namespace postrider::email
