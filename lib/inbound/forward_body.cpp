#include "lib/inbound/forward_body.h"

#include "lib/schedule/iso_time.h"
#include "lib/text/json_object.h"
#include "lib/text/utf8.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace postrider {

namespace {

namespace json = boost::json;

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

json::array media_of(const ForwardedMessage& message) {
    json::array media;
    for (const ForwardedMessage::Medium& each : message.media) {
        const bool failed = each.content_file && each.content_file->empty();
        media.push_back(
            json::object{{"content_type", each.content_type},
                         {"content_file", failed ? json::value(nullptr) : text_or_null(each.content_file)},
                         {"content_url", text_or_null(each.content_url)},
                         {"state", failed              ? "failed"
                                   : each.content_file ? "stored"
                                                       : "waiting"}});
    }
    return media;
}

}  // namespace

boost::system::result<std::string, ForwardFault> forward_body(const Forward& forward, Privacy& privacy) {
    json::object body;
    if (forward.report) {
        json::object data = parse_json_object(*forward.report);
        body["type"] = event_report;
        body["timestamp"] = data["reported"];
        body["data"] = std::move(data);
        return json::serialize(body);
    }
    const ForwardedMessage& message = *forward.message;
    json::object data{{"id", forward.message_id}};
    for (const auto& [key, stored] : {std::pair<const char*, const std::string&>{"sender", message.sender},
                                      {"recipient", message.recipient},
                                      {"message", message.text}}) {
        Privacy::Opened opened = privacy.open(stored);
        if (!opened.value) return ForwardFault("no key that is configured opens what was received");
        data[key] = storable(std::move(*opened.value));
    }
    const json::object metadata = parse_json_object(message.metadata.value_or(""));
    data["channel"] = text_at(metadata, "message_channel");
    data["received"] = to_iso_time(message.received);
    data["media"] = media_of(message);
    data["metadata"] = metadata;
    body["type"] = event_received;
    body["timestamp"] = to_iso_time(message.received);
    body["data"] = std::move(data);
    return json::serialize(body);
}

}  // namespace postrider
