#include "transports/loopback/receiver.h"

#include "lib/net/form.h"
#include "lib/text/utf8.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace postrider::loopback {

namespace {

namespace json = boost::json;

class LoopbackReceiver final : public Receiver {
public:
    explicit LoopbackReceiver(const Settings& settings) : allow_from_(settings.allow_from) {}

    WebhookReading read(const Webhook& webhook, const Sealer& sealer) const override {
        const FormFields fields = parse_form(webhook.request.body);
        if (!find_field(fields, "LoopbackMessage")) return {};
        if (std::find(allow_from_.begin(), allow_from_.end(), webhook.client) == allow_from_.end())
            return WebhookReading::refused("not from one of the channel's allow_from");
        IncomingMessage message;
        message.text = Text(std::string(*find_field(fields, "LoopbackMessage")));
        message.sender = Address(std::string(find_field(fields, "From").value_or("")));
        message.recipient = Address(std::string(find_field(fields, "To").value_or("")));
        if (message.sender.empty() || message.recipient.empty())
            return WebhookReading::broken("From or To is missing");
        for (const auto& [name, value] : fields) {
            std::string kept = storable(value);
            if (name == "From") kept = sealer.address(kept);
            if (name == "LoopbackMessage") kept = sealer.text(kept);
            json::value& list = message.metadata[storable(name)];
            if (!list.is_array()) list.emplace_array();
            list.get_array().emplace_back(kept);
        }
        WebhookReading reading{.kind = WebhookReading::Kind::received};
        reading.messages.push_back(std::move(message));
        return reading;
    }

    ServerAnswer answer(const WebhookReading&, const std::vector<std::string>& replies) const override {
        json::array list;
        for (const std::string& each : replies) list.emplace_back(each);
        ServerAnswer answer;
        answer.content_type = "application/json";
        answer.body = json::serialize(json::object{{"responses", std::move(list)}});
        return answer;
    }

private:
    std::vector<std::string> allow_from_;
};

}  // namespace

std::shared_ptr<const Receiver> make_receiver(const Settings& settings) {
    return std::make_shared<LoopbackReceiver>(settings);
}

}  // namespace postrider::loopback
