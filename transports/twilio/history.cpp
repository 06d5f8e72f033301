#include "transports/twilio/history.h"

#include "lib/text/utf8.h"
#include "transports/twilio/answer.h"
#include "transports/twilio/pages.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace postrider::twilio {

namespace {

namespace json = boost::json;

constexpr const char* page_size = "500";

/// Empty where it is null, or something else.
std::string text_or_nothing(const json::object& message, std::string_view key) {
    const json::value* const value = message.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : "";
}

std::size_t count_of_media(const json::object& message) {
    const std::string text = text_or_nothing(message, "num_media");
    std::size_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

/// Whether it is from or to what the channel sends by.
bool concerns(const json::object& message, bool is_incoming, const Settings& settings) {
    const std::string service = text_or_nothing(message, "messaging_service_sid");
    if (settings.messaging_service_sid && service == *settings.messaging_service_sid) return true;
    return settings.from && text_or_nothing(message, is_incoming ? "to" : "from") == *settings.from;
}

std::string failure_of(const json::object& message) {
    const std::string status = text_or_nothing(message, "status");
    if (status != "failed" && status != "undelivered" && status != "canceled") return "";
    const json::value* const code = message.if_contains("error_code");
    const std::string shown = storable(status);
    return code && code->is_int64() ? fmt::format("not delivered ({}), code {}", shown, code->get_int64())
                                    : fmt::format("not delivered ({})", shown);
}

/// The record as it is kept with the row: person and text are sealed.
json::object record_kept(const json::object& message, bool is_incoming, const Sealer& sealer) {
    json::object kept;
    for (const char* key : {"sid", "status", "direction", "date_created", "date_sent", "num_segments",
                            "num_media", "error_code", "messaging_service_sid"}) {
        if (const json::value* const value = message.if_contains(key)) kept[key] = *value;
    }
    const std::string to = storable(text_or_nothing(message, "to"));
    const std::string from = storable(text_or_nothing(message, "from"));
    kept["to"] = is_incoming ? to : sealer.address(to);
    kept["from"] = is_incoming ? sealer.address(from) : from;
    kept["body"] = sealer.text(storable(listed_body(message)));
    return kept;
}

PastMessage past_message(const json::object& record, bool is_incoming, const Sealer& sealer) {
    PastMessage past;
    past.created = listed_creation(record);
    past.is_incoming = is_incoming;
    past.media_count = count_of_media(record);
    IncomingMessage& message = past.message;
    message.provider_id = listed_sid(record);
    message.sender = Address(std::string(text_or_nothing(record, "from")));
    message.recipient = Address(std::string(listed_text(record, "to")));
    message.text = Text(listed_body(record));
    message.received = past.created;
    if (is_incoming) {
        // As a webhook's form would have it, by which the Django package knows it, too.
        for (const char* key : {"MessageSid", "SmsMessageSid"})
            message.metadata[key] = json::array{json::value(message.provider_id)};
    } else {
        message.metadata = accepted_metadata(message.provider_id);
        past.failure = failure_of(record);
    }
    message.metadata["sync_data"] = record_kept(record, is_incoming, sealer);
    return past;
}

}  // namespace

HttpRequest first_history_page(const Settings& settings) {
    return list_request(settings.base_url + messages_path(settings) + "?PageSize=" + page_size, settings);
}

HistoryPage read_history_page(const HttpResult& result, TimePoint since, const Sealer& sealer,
                              const Settings& settings) {
    const json::object body = read_answered_page(result);
    const TimePoint from = std::chrono::floor<std::chrono::seconds>(since);  // Twilio drops fractions
    HistoryPage page;
    bool is_past = false;
    for (const json::value& entry : records_in(body, "messages")) {
        const json::object& record = entry.get_object();
        is_past = listed_creation(record) < from;  // the last one's word counts
        const bool is_incoming = listed_text(record, "direction") == "inbound";
        if (is_past || !concerns(record, is_incoming, settings)) continue;
        // One that is still coming in, or is only planned, is none yet.
        const std::string status = text_or_nothing(record, "status");
        if (status == "receiving" || status == "scheduled") continue;
        page.messages.push_back(past_message(record, is_incoming, sealer));
    }
    if (!is_past) page.next_page = next_page(body, settings);
    return page;
}

HttpRequest media_list_request(const std::string& sid, const Settings& settings) {
    return list_request(settings.base_url + "/2010-04-01/Accounts/" + settings.account_sid + "/Messages/" +
                            sid + "/Media.json",
                        settings);
}

std::vector<IncomingMedium> read_media_list(const HttpResult& result, const Settings& settings) {
    const json::object body = read_answered_page(result);
    std::vector<IncomingMedium> media;
    for (const json::value& entry : records_in(body, "media_list")) {
        std::string uri(listed_text(entry.get_object(), "uri"));
        if (uri.starts_with(settings.base_url + "/")) uri.erase(0, settings.base_url.size());
        if (!uri.starts_with('/') || !uri.ends_with(".json"))
            fail_listing("the address of a file cannot be read");
        uri.erase(uri.size() - std::string_view(".json").size());
        media.push_back({settings.base_url + uri, text_or_nothing(entry.get_object(), "content_type")});
    }
    return media;
}

}  // namespace postrider::twilio
