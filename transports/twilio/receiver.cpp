#include "transports/twilio/receiver.h"

#include "lib/net/form.h"
#include "lib/text/json_object.h"
#include "lib/text/utf8.h"
#include "transports/twilio/incoming_media.h"
#include "transports/twilio/sid.h"
#include "transports/twilio/signature.h"
#include "transports/twilio/status.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace postrider::twilio {

namespace {

namespace json = boost::json;

constexpr std::size_t media_max = 10;
/// Fields that say who a person is or where; all others of a form are Twilio's own or ours.
constexpr std::array<std::string_view, 10> personal{
    "From",  "WaId",   "ProfileName", "OriginalRepliedMessageSender", "Latitude", "Longitude", "Address",
    "Label", "Author", "Caller"};
/// Fields that repeat what was said.
constexpr std::array<std::string_view, 3> texts{"Body", "ButtonText", "ButtonPayload"};

template <class Names>
bool contains(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default:
                if (!is_control(c) || c == '\n' || c == '\t' || c == '\r') out += c;
        }
    }
    return out;
}

/// As the Django package keeps it: each field a list of its values.
json::object form_as_metadata(const FormFields& fields, const Sealer& sealer) {
    json::object metadata;
    for (const auto& [name, value] : fields) {
        const std::string key = storable(name);
        std::string kept = storable(value);
        if (contains(personal, name)) {
            kept = sealer.address(kept);
        } else if (contains(texts, name)) {
            kept = sealer.text(kept);
        }
        json::value& list = metadata[key];
        if (!list.is_array()) list.emplace_array();
        list.get_array().emplace_back(kept);
    }
    return metadata;
}

/// A JSON object as a form; what in it is no text is left out.
FormFields fields_of_json(std::string_view body) {
    FormFields fields;
    for (const auto& [key, value] : parse_json_object(body)) {
        if (value.is_string()) fields.emplace_back(std::string(key), std::string(value.get_string()));
    }
    return fields;
}

std::optional<AttemptId> attempt_in(std::string_view query) {
    const FormFields fields = parse_form(query);
    const auto text = find_field(fields, "attempt");
    AttemptId id = 0;
    if (!text) return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), id);
    if (error != std::errc{} || end != text->data() + text->size() || id <= 0) return std::nullopt;
    return id;
}

class TwilioReceiver final : public Receiver {
public:
    explicit TwilioReceiver(const Settings& settings)
        : settings_(settings),
          account_sid_(settings.account_sid),
          from_(settings.from.value_or("")),
          service_(settings.messaging_service_sid.value_or("")) {
        for (const auto& token : {settings.auth_token, settings.secondary_auth_token}) {
            if (token) tokens_.push_back(*token);
        }
    }

    WebhookReading read(const Webhook& webhook, const Sealer& sealer) const override {
        const bool is_json = webhook.request.header("content-type").starts_with("application/json");
        const FormFields fields =
            is_json ? fields_of_json(webhook.request.body) : parse_form(webhook.request.body);
        const auto field = [&](std::string_view name) { return find_field(fields, name).value_or(""); };
        const std::string sid(field("MessageSid").empty() ? field("SmsSid") : field("MessageSid"));
        if (sid.empty()) return {};
        if (const auto account = find_field(fields, "AccountSid"); account && *account != account_sid_)
            return {};
        if (auto refusal = refusal_of(webhook, fields, is_json)) return std::move(*refusal);
        if (!is_message_sid(sid)) return WebhookReading::broken("MessageSid is none of a message");
        WebhookReading reading{.kind = WebhookReading::Kind::received};
        if (find_field(fields, "MessageStatus")) {
            reading.reports.push_back(report_of(webhook, fields, sid));
            return reading;
        }
        if (field("From").empty() || field("To").empty())
            return WebhookReading::broken("From or To is missing");
        reading.names_us =
            field("To") == from_ || (!service_.empty() && field("MessagingServiceSid") == service_);
        reading.messages.push_back(message_of(fields, sid, sealer));
        return reading;
    }

    ServerAnswer answer(const WebhookReading&, const std::vector<std::string>& replies) const override {
        ServerAnswer answer;
        answer.content_type = "text/xml; charset=utf-8";
        answer.body = R"(<?xml version="1.0" encoding="UTF-8"?><Response>)";
        for (const std::string& reply : replies) answer.body += "<Message>" + escaped(reply) + "</Message>";
        answer.body += "</Response>";
        return answer;
    }

    std::size_t reply_characters_max() const override { return 1600; }  // of any message's body

    std::optional<HttpRequest> media_request(const ForeignUrl& url, bool redirected) const override {
        return incoming_media_request(url, redirected, settings_);
    }

private:
    /// Nothing, if it is Twilio's.
    std::optional<WebhookReading> refusal_of(const Webhook& webhook, const FormFields& fields,
                                             bool is_json) const {
        if (tokens_.empty())
            return WebhookReading::refused("signatures cannot be checked: the channel has no auth_token");
        if (webhook.url.empty())
            return WebhookReading::refused("signatures cannot be checked: listen.public_url is not set");
        const std::string_view signature = webhook.request.header("x-twilio-signature");
        for (const Secret& token : tokens_) {
            if (is_json ? is_signed_body(webhook.url, webhook.request.body, token, signature)
                        : is_signed_form(webhook.url, fields, token, signature))
                return std::nullopt;
        }
        return WebhookReading::refused(
            "its signature is not the account's (or listen.public_url is not what Twilio asks for)");
    }

    DeliveryReport report_of(const Webhook& webhook, const FormFields& fields, const std::string& sid) const {
        const auto field = [&](std::string_view name) {
            return std::string(find_field(fields, name).value_or(""));
        };
        DeliveryReport report = report_of_status(field("MessageStatus"), field("ErrorCode"));
        report.provider_id = sid;
        report.attempt_id = attempt_in(webhook.request.query);
        report.acceptance["twilio_sid"] = json::array{sid};
        if (report.says_opted_out) report.recipient = Address(field("To"));
        return report;
    }

    static IncomingMessage message_of(const FormFields& fields, const std::string& sid,
                                      const Sealer& sealer) {
        const auto field = [&](std::string_view name) {
            return std::string(find_field(fields, name).value_or(""));
        };
        IncomingMessage message;
        message.provider_id = sid;
        message.sender = Address(field("From"));
        message.recipient = Address(field("To"));
        message.text = Text(field("Body"));
        message.opt_out_type = field("OptOutType");
        message.metadata = form_as_metadata(fields, sealer);
        for (std::size_t i = 0; i < media_max; ++i) {
            const std::string url = field(fmt::format("MediaUrl{}", i));
            if (!url.empty()) message.media.push_back({url, field(fmt::format("MediaContentType{}", i)), ""});
        }
        return message;
    }

    const Settings settings_;
    std::string account_sid_;
    std::string from_;
    std::string service_;
    std::vector<Secret> tokens_;
};

}  // namespace

std::shared_ptr<const Receiver> make_receiver(const Settings& settings) {
    return std::make_shared<TwilioReceiver>(settings);
}

}  // namespace postrider::twilio
