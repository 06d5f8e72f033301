#include "transports/loopback/receiver.h"

#include "lib/mime/form_data.h"
#include "lib/text/utf8.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <limits>

namespace postrider::loopback {

namespace {

namespace json = boost::json;

constexpr std::size_t name_max = 200;

/// As the Django package names files that are at no provider.
std::string url_of(const FormFile& file, const Sealer& sealer) {
    std::string name = storable(file.name.substr(file.name.find_last_of("/\\") + 1));
    std::erase_if(name, is_control);
    return "loopback://" + sealer.text(storable(name.substr(0, name_max)));
}

class LoopbackReceiver final : public Receiver {
public:
    explicit LoopbackReceiver(const Settings& settings) : allow_from_(settings.allow_from) {}

    WebhookReading read(const Webhook& webhook, const Sealer& sealer) const override {
        const std::string_view content_type = webhook.request.header("content-type");
        const bool has_files = is_form_data(content_type);
        const bool allowed =
            std::find(allow_from_.begin(), allow_from_.end(), webhook.client) != allow_from_.end();
        // Of what anybody may send, no more is read than is needed.
        if (has_files && !allowed) return not_allowed();
        FormData form;
        if (has_files) {
            auto parsed = parse_form_data(content_type, webhook.request.body);
            if (!parsed) return WebhookReading::broken("it is no sound multipart form");
            form = std::move(*parsed);
        } else {
            form.fields = parse_form(webhook.request.body);
        }
        const FormFields& fields = form.fields;
        if (!find_field(fields, "LoopbackMessage")) return {};
        if (!allowed) return not_allowed();
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
        for (FormFile& file : form.files) {
            message.files.push_back(
                {file.name, file.content_type, std::move(file.bytes), url_of(file, sealer)});
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

    std::size_t reply_characters_max() const override { return std::numeric_limits<std::size_t>::max(); }

private:
    static WebhookReading not_allowed() {
        return WebhookReading::refused("not from one of the channel's allow_from");
    }

    std::vector<std::string> allow_from_;
};

}  // namespace

std::shared_ptr<const Receiver> make_receiver(const Settings& settings) {
    return std::make_shared<LoopbackReceiver>(settings);
}

}  // namespace postrider::loopback
