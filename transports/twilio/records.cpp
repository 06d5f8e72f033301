#include "transports/twilio/records.h"

#include "lib/net/form.h"
#include "transports/twilio/answer.h"
#include "transports/twilio/pages.h"

#include <algorithm>

namespace postrider::twilio {

namespace {

namespace json = boost::json;

constexpr const char* page_size = "100";

/// The recipient as Twilio's records have it: it takes `+1 (312) 555-0123`, and stores `+13125550123`.
std::string as_recorded(std::string_view destination) {
    std::string address(destination);
    if (address.find(':') != std::string::npos) return address;  // `whatsapp:…` and its like
    std::erase_if(address,
                  [](char c) { return std::string_view(" -.()").find(c) != std::string_view::npos; });
    const bool is_number =
        address.size() > 1 && address.front() == '+' &&
        std::all_of(address.begin() + 1, address.end(), [](char c) { return c >= '0' && c <= '9'; });
    // Twilio completes what has no country code, and nobody here can say to what.
    if (!is_number) fail_listing("they are kept by international number, and the destination is none");
    return address;
}

ProviderRecord read_record(const json::object& message) {
    ProviderRecord record;
    record.provider_id = listed_sid(message);
    record.created = listed_creation(message);
    record.text = Text(listed_body(message));
    record.metadata = accepted_metadata(record.provider_id);
    return record;
}

}  // namespace

HttpRequest first_page(const RecordQuery& query, const Settings& settings) {
    std::string filters;
    append_form_field(filters, "To", as_recorded(query.destination.reveal()));
    if (settings.from && !settings.messaging_service_sid) append_form_field(filters, "From", *settings.from);
    append_form_field(filters, "PageSize", page_size);
    return list_request(settings.base_url + messages_path(settings) + "?" + filters, settings);
}

RecordPage read_page(const HttpResult& result, const RecordQuery& query, const Settings& settings) {
    const json::object body = read_answered_page(result);
    const std::string to = as_recorded(query.destination.reveal());
    const TimePoint from = std::chrono::floor<std::chrono::seconds>(query.from);  // Twilio drops fractions
    RecordPage page;
    bool past_window = false;
    for (const json::value& entry : records_in(body, "messages")) {
        const json::object& message = entry.get_object();
        const TimePoint moment = listed_creation(message);
        past_window = moment < from;  // the last one's word counts: pages are newest first
        if (moment < from || moment > query.to) continue;
        if (listed_text(message, "direction") != "outbound-api" || listed_text(message, "to") != to) continue;
        page.records.push_back(read_record(message));
    }
    if (!past_window) page.next_page = next_page(body, settings);
    return page;
}

}  // namespace postrider::twilio
