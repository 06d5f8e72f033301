#include "transports/webhook/request.h"

#include "lib/schedule/iso_time.h"
#include "lib/text/json_object.h"
#include "lib/text/utf8.h"

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
    return signed_post(settings.endpoint, webhook_id(request), body_of(request, settings), now);
}

}  // namespace postrider::webhook
