#include "transports/azure/events.h"

#include "lib/text/json_object.h"
#include "lib/text/utf8.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace postrider::azure {

namespace {

namespace json = boost::json;

constexpr std::string_view received_type = "Microsoft.Communication.SMSReceived";
constexpr std::string_view report_type = "Microsoft.Communication.SMSDeliveryReportReceived";
constexpr std::string_view tag_prefix = "postrider-";
constexpr int final_rank = 5;  // Azure reports nothing before
constexpr int opted_out_code = 4007;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool equal_names(std::string_view one, std::string_view other) {
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

json::value* find(json::object& object, std::string_view key) {
    for (auto& member : object) {
        if (equal_names(member.key(), key)) return &member.value();
    }
    return nullptr;
}

const json::value* find(const json::object& object, std::string_view key) {
    return find(const_cast<json::object&>(object), key);
}

/// Numbers may come without their `+`; short codes have none.
std::string with_plus(std::string number) {
    const bool is_long = number.size() > 6 && std::all_of(number.begin(), number.end(), is_digit);
    return is_long ? "+" + number : number;
}

std::optional<Event> event_of(const json::value& value) {
    if (!value.is_object()) return std::nullopt;
    const json::object& object = value.get_object();
    Event event;
    const bool is_cloud_event = find(object, "specversion") != nullptr;
    event.type = text_at(object, is_cloud_event ? "type" : "eventType");
    if (event.type.empty()) event.type = text_at(object, "EventType");
    event.id = text_at(object, "id");
    event.whole = object;
    if (event.type.empty()) return std::nullopt;
    return event;
}

/// Seals the values of these keys.
void seal(json::object& object, std::initializer_list<std::string_view> keys, const Sealer& sealer) {
    for (const std::string_view key : keys) {
        json::value* const value = find(object, key);
        if (value && value->is_string()) *value = sealer.address(storable(std::string(value->get_string())));
    }
}

/// The first number of four digits in a report's details; 0 if there is none.
int code_in(const std::string& details) {
    for (std::size_t at = 0; at + 4 <= details.size(); ++at) {
        if (at > 0 && is_digit(details[at - 1])) continue;
        if (!std::all_of(details.begin() + static_cast<std::ptrdiff_t>(at),
                         details.begin() + static_cast<std::ptrdiff_t>(at) + 4, is_digit))
            continue;
        if (at + 4 < details.size() && is_digit(details[at + 4])) continue;
        int code = 0;
        std::from_chars(details.data() + at, details.data() + at + 4, code);
        return code;
    }
    return 0;
}

/// As we write them (RFC 9562 § 4): small digits, in groups.
bool is_uuid(std::string_view text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return std::equal(text.begin(), text.end(), form.begin(), form.end(), [](char c, char wanted) {
        return wanted == '-' ? c == '-' : is_digit(c) || (c >= 'a' && c <= 'f');
    });
}

std::optional<std::string> key_in(std::string_view tag) {
    if (!tag.starts_with(tag_prefix)) return std::nullopt;
    const std::string_view key = tag.substr(tag_prefix.size());
    if (!is_uuid(key)) return std::nullopt;
    return std::optional<std::string>(std::in_place, key);
}

}  // namespace

std::string Event::text(std::string_view key) const {
    const json::value* const data = find(whole, "data");
    if (!data || !data->is_object()) return "";
    const json::value* const value = find(data->get_object(), key);
    return value && value->is_string() ? std::string(value->get_string()) : "";
}

std::optional<std::vector<Event>> read_events(std::string_view body) {
    boost::system::error_code failed;
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    const json::value whole = json::parse(body, failed, {}, options);
    if (failed) return std::nullopt;
    std::vector<Event> events;
    if (auto single = event_of(whole)) {
        events.push_back(std::move(*single));
    } else if (whole.is_array()) {
        for (const json::value& each : whole.get_array()) {
            if (auto event = event_of(each)) events.push_back(std::move(*event));
        }
    }
    if (events.empty()) return std::nullopt;
    return events;
}

std::optional<IncomingMessage> message_of(const Event& event, const Sealer& sealer) {
    if (event.type != received_type) return std::nullopt;
    IncomingMessage message;
    message.provider_id = event.text("messageId").empty() ? event.id : event.text("messageId");
    message.sender = Address(with_plus(event.text("from")));
    message.recipient = Address(with_plus(event.text("to")));
    message.text = Text(event.text("message"));
    if (message.sender.empty() || message.recipient.empty()) return std::nullopt;
    message.metadata = event.whole;
    seal(message.metadata, {"subject"}, sealer);
    if (json::value* const data = find(message.metadata, "data"); data && data->is_object()) {
        seal(data->get_object(), {"from", "to"}, sealer);
        json::value* const said = find(data->get_object(), "message");
        if (said && said->is_string()) *said = sealer.text(storable(std::string(said->get_string())));
    }
    return message;
}

std::optional<DeliveryReport> report_of(const Event& event, const Sealer& sealer) {
    if (event.type != report_type) return std::nullopt;
    DeliveryReport report;
    report.provider_id = event.text("messageId");
    if (report.provider_id.empty()) return std::nullopt;
    report.idempotency_key = key_in(event.text("tag"));
    const bool delivered = event.text("deliveryStatus") == "Delivered";
    report.rank = final_rank;
    report.state = delivered ? DeliveryState::delivered : DeliveryState::failed;
    report.status = delivered ? "Delivered" : "Failed";
    const int code = delivered ? 0 : code_in(event.text("deliveryStatusDetails"));
    if (!delivered) {
        report.reason = "Azure could not deliver it";
        if (code > 0) report.reason += fmt::format(": code {}", code);
    }
    report.says_opted_out = code == opted_out_code;
    if (report.says_opted_out) report.recipient = Address(with_plus(event.text("to")));
    if (const json::value* const found = find(event.whole, "data"); found && found->is_object()) {
        json::object data = found->get_object();
        seal(data, {"from", "to"}, sealer);
        report.metadata["azure_delivery_report"] = std::move(data);
    }
    report.acceptance["azure_message_id"] = report.provider_id;
    report.acceptance["azure_successful"] = true;
    return report;
}

}  // namespace postrider::azure
