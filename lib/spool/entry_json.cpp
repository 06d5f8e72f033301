#include "lib/spool/entry_json.h"

#include "lib/spool/suppression_json.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <stdexcept>

namespace postrider {

namespace json = boost::json;

namespace {

std::string text_of(const json::object& from, const char* key) {
    return std::string(from.at(key).as_string());
}

json::object to_object(const InboxMessage& message) {
    json::object to;
    to["sender"] = message.sender;
    to["recipient"] = message.recipient;
    to["text"] = message.text;
    to["metadata"] = message.metadata;
    to["lookup_key"] = message.lookup_key;
    json::array media;
    for (const IncomingMedium& each : message.media) {
        json::object medium{
            {"url", each.url}, {"content_type", each.content_type}, {"content_file", each.content_file}};
        if (!each.fault.empty()) medium["fault"] = each.fault;
        media.push_back(std::move(medium));
    }
    to["media"] = std::move(media);
    json::array replies;
    for (const std::string& each : message.replies) replies.emplace_back(each);
    to["replies"] = std::move(replies);
    return to;
}

InboxMessage message_of(const json::object& from) {
    InboxMessage message;
    message.sender = text_of(from, "sender");
    message.recipient = text_of(from, "recipient");
    message.text = text_of(from, "text");
    message.metadata = text_of(from, "metadata");
    message.lookup_key = text_of(from, "lookup_key");
    for (const json::value& each : from.at("media").as_array()) {
        const json::object& medium = each.as_object();
        message.media.push_back({text_of(medium, "url"), text_of(medium, "content_type"), ""});
        // Those of an older version have none.
        if (medium.contains("content_file"))
            message.media.back().content_file = text_of(medium, "content_file");
        if (medium.contains("fault")) message.media.back().fault = text_of(medium, "fault");
    }
    for (const json::value& each : from.at("replies").as_array())
        message.replies.emplace_back(each.as_string());
    return message;
}

json::object to_object(const InboxReport& report) {
    json::object to;
    if (report.attempt_id) to["attempt"] = *report.attempt_id;
    to["idempotency_key"] = report.idempotency_key;
    to["rank"] = report.rank;
    to["state"] = to_string(report.state);
    to["status"] = report.status;
    to["reason"] = report.reason;
    to["metadata"] = report.metadata;
    to["acceptance"] = report.acceptance;
    return to;
}

InboxReport report_of(const json::object& from) {
    InboxReport report;
    if (const json::value* const attempt = from.if_contains("attempt"))
        report.attempt_id = attempt->as_int64();
    report.idempotency_key = text_of(from, "idempotency_key");
    report.rank = static_cast<int>(from.at("rank").as_int64());
    report.state = delivery_state_named(text_of(from, "state")).value();
    report.status = text_of(from, "status");
    report.reason = text_of(from, "reason");
    report.metadata = text_of(from, "metadata");
    report.acceptance = text_of(from, "acceptance");
    return report;
}

InboxEntry read(const json::object& from) {
    InboxEntry entry;
    entry.transport = text_of(from, "transport");
    entry.channel = text_of(from, "channel");
    entry.event_key = text_of(from, "event_key");
    entry.received = TimePoint(std::chrono::microseconds(from.at("received").as_int64()));
    if (const json::value* const message = from.if_contains("message"))
        entry.message = message_of(message->as_object());
    if (const json::value* const report = from.if_contains("report"))
        entry.report = report_of(report->as_object());
    if (const json::value* const suppression = from.if_contains("suppression"))
        entry.suppression = suppression_of(suppression->as_object());
    return entry;
}

}  // namespace

std::string to_json(const InboxEntry& entry) {
    json::object to;
    to["transport"] = entry.transport;
    to["channel"] = entry.channel;
    to["event_key"] = entry.event_key;
    to["received"] = entry.received.time_since_epoch().count();
    if (entry.message) to["message"] = to_object(*entry.message);
    if (entry.report) to["report"] = to_object(*entry.report);
    if (entry.suppression) to["suppression"] = to_object(*entry.suppression);
    return json::serialize(to);
}

std::optional<InboxEntry> read_entry_json(std::string_view text) {
    try {
        return read(json::parse(text).as_object());
    } catch (const std::exception&) {  // the words of Boost.JSON name neither key nor place
        return std::nullopt;
    }
}

}  // namespace postrider
