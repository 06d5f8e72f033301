#include "transports/azure/receiver.h"

#include "lib/crypto/hmac.h"
#include "lib/net/form.h"
#include "lib/text/utf8.h"
#include "transports/azure/events.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace postrider::azure {

namespace {

namespace json = boost::json;

ServerAnswer json_answer(const json::object& body) {
    ServerAnswer answer;
    answer.content_type = "application/json";
    answer.body = json::serialize(body);
    return answer;
}

WebhookReading answered(ServerAnswer answer) {
    return {.kind = WebhookReading::Kind::answered, .answer = std::move(answer)};
}

class AzureReceiver final : public Receiver {
public:
    explicit AzureReceiver(const Settings& settings)
        : from_(settings.from), secrets_(settings.webhook_secrets) {}

    WebhookReading read(const Webhook& webhook, const Sealer& sealer) const override {
        const ServerRequest& request = webhook.request;
        const std::string origin(request.header("webhook-request-origin"));
        const bool asks_leave = request.method == "OPTIONS" && !origin.empty();
        std::optional<std::vector<Event>> events;
        if (!asks_leave) {
            events = read_events(request.body);
            if (!events) return {};
        }
        if (secrets_.empty())
            return WebhookReading::refused("the channel has no webhook_secret to know Event Grid by");
        if (!has_secret(request)) return WebhookReading::refused("without the channel's webhook_secret");
        if (asks_leave) return answered(leave_for(origin));
        WebhookReading reading{.kind = WebhookReading::Kind::received};
        for (const Event& event : *events) {
            if (event.type == subscription_validation) return answered(validation(event));
            // One that cannot be read must not lose the others.
            if (auto message = message_of(event, sealer)) {
                reading.names_us = reading.names_us || message->recipient.reveal() == from_;
                reading.messages.push_back(std::move(*message));
            } else if (auto report = report_of(event, sealer)) {
                reading.reports.push_back(std::move(*report));
            }
        }
        return reading;
    }

    ServerAnswer answer(const WebhookReading&, const std::vector<std::string>&) const override {
        return json_answer({});
    }

private:
    bool has_secret(const ServerRequest& request) const {
        const FormFields query = parse_form(request.query);
        const std::string_view in_query = find_field(query, "key").value_or("");
        const std::string_view in_header = request.header("x-webhook-secret");
        return std::any_of(secrets_.begin(), secrets_.end(), [&](const Secret& each) {
            return equal_secrets(each.reveal(), in_query) || equal_secrets(each.reveal(), in_header);
        });
    }

    /// The handshake of the CloudEvents web hooks (§ 4 of their specification).
    static ServerAnswer leave_for(const std::string& origin) {
        ServerAnswer answer;
        answer.headers = {{"WebHook-Allowed-Origin", has_controls(origin) ? "*" : origin},
                          {"WebHook-Allowed-Rate", "*"},
                          {"Allow", "POST, OPTIONS"}};
        return answer;
    }

    static ServerAnswer validation(const Event& event) {
        return json_answer({{"validationResponse", event.text("validationCode")}});
    }

    std::string from_;
    std::vector<Secret> secrets_;
};

}  // namespace

std::shared_ptr<const Receiver> make_receiver(const Settings& settings) {
    return std::make_shared<AzureReceiver>(settings);
}

}  // namespace postrider::azure
