#include "transports/webhook/request.h"

#include "lib/schedule/iso_time.h"
#include "lib/text/json_object.h"
#include "lib/text/utf8.h"
#include "transports/webhook/signature.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace postrider::webhook {

namespace {

std::string body_of(const PreparedRequest& request, const Settings& settings) {
    boost::json::object metadata = parse_json_object(request.metadata.value_or(""));
    metadata.erase("postrider");  // what became of earlier tries is no part of the message
    boost::json::object data;
    data["id"] = request.message.id;
    data["destination"] = request.destination.reveal();
    data["message"] = request.text.reveal();
    data["metadata"] = std::move(metadata);
    data["part"] = request.part;
    data["parts"] = request.parts;
    boost::json::object body;
    body["type"] = settings.type;
    body["timestamp"] = to_iso_time(request.message.send_date);
    body["data"] = std::move(data);
    return boost::json::serialize(body);
}

}  // namespace

std::optional<Outcome> objection(const PreparedRequest& request) {
    if (is_utf8(request.text.reveal()) && is_utf8(request.destination.reveal())) return std::nullopt;
    return Outcome::failed(Verdict::rejected, "the text or the destination is not valid UTF-8");
}

std::string webhook_id(const PreparedRequest& request) {
    return fmt::format("msg_{}_{}", request.message.id, request.token);
}

HttpRequest to_http(const PreparedRequest& request, const Settings& settings, TimePoint now) {
    HttpRequest http;
    http.method = "POST";
    http.url = settings.url;
    http.timeout = std::chrono::seconds{15};
    http.answer_bytes_max = 4096;
    http.status_suffices = true;
    http.public_addresses_only = !settings.allow_private;
    http.body = body_of(request, settings);
    const std::string id = webhook_id(request);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    const std::string timestamp = std::to_string(seconds);
    http.headers = {{"content-type", "application/json"},
                    {"webhook-id", id},
                    {"webhook-timestamp", timestamp},
                    {"webhook-signature", signature(settings.keys, id, timestamp, http.body)}};
    return http;
}

}  // namespace postrider::webhook
