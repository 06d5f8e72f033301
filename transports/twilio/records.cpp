#include "transports/twilio/records.h"

#include "lib/net/form.h"
#include "lib/net/internet_date.h"
#include "lib/text/json_object.h"
#include "transports/twilio/answer.h"
#include "transports/twilio/sid.h"

#include <algorithm>
#include <stdexcept>

namespace postrider::twilio {

namespace {

namespace json = boost::json;

constexpr const char* page_size = "100";
/// A page of texts of 1600 characters, each written as an escape.
constexpr std::size_t page_bytes_max = std::size_t{4} << 20;

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error("Twilio's records cannot be had: " + what);
}

std::string messages_path(const Settings& settings) {
    return "/2010-04-01/Accounts/" + settings.account_sid + "/Messages.json";
}

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
    if (!is_number) fail("they are kept by international number, and the destination is none");
    return address;
}

HttpRequest get(std::string url, const Settings& settings) {
    HttpRequest http;
    http.url = std::move(url);
    http.headers = {{"Accept", "application/json"}};
    http.credentials = credentials(settings);
    http.timeout = std::chrono::seconds{15};
    http.answer_bytes_max = page_bytes_max;
    return http;
}

const json::string& text_of(const json::object& record, std::string_view key) {
    const json::value* const value = record.if_contains(key);
    if (!value || !value->is_string()) fail("one has no " + std::string(key));
    return value->get_string();
}

TimePoint created(const json::object& record) {
    const auto date = internet_date(text_of(record, "date_created"));
    if (!date) fail("the date of one cannot be read");
    return *date;
}

/// The next page as its path and query below base_url; whatever else it may be is not followed: it would
/// carry our credentials elsewhere.
std::string next_page(const json::object& page, const Settings& settings) {
    const json::value* const link = page.if_contains("next_page_uri");
    if (!link) fail("a page does not say what comes next");
    if (link->is_null()) return "";
    std::string uri = link->is_string() ? std::string(link->get_string()) : "";
    if (uri.starts_with(settings.base_url + "/")) uri.erase(0, settings.base_url.size());
    const bool plain = std::all_of(uri.begin(), uri.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!plain || !uri.starts_with(messages_path(settings) + "?")) fail("the next page is elsewhere");
    return uri;
}

json::object parse_page(const HttpResult& result) {
    if (result.exchange != Exchange::answered) fail(result.error);
    if (result.answer.status != 200) fail(refusal_reason(result.answer));
    return parse_json_object(result.answer.body);
}

ProviderRecord read_record(const json::object& message) {
    ProviderRecord record;
    record.provider_id = std::string(text_of(message, "sid"));
    if (!is_message_sid(record.provider_id)) fail("one has no sound sid");
    record.created = created(message);
    // A message of media alone has no text.
    const json::value* const body = message.if_contains("body");
    if (!body || !body->is_null()) record.text = Text(std::string(text_of(message, "body")));
    record.metadata = accepted_metadata(record.provider_id);
    return record;
}

}  // namespace

HttpRequest first_page(const RecordQuery& query, const Settings& settings) {
    std::string filters;
    append_form_field(filters, "To", as_recorded(query.destination.reveal()));
    if (settings.from && !settings.messaging_service_sid) append_form_field(filters, "From", *settings.from);
    append_form_field(filters, "PageSize", page_size);
    return get(settings.base_url + messages_path(settings) + "?" + filters, settings);
}

HttpRequest page_at(std::string next_page, const Settings& settings) {
    return get(settings.base_url + std::move(next_page), settings);
}

RecordPage read_page(const HttpResult& result, const RecordQuery& query, const Settings& settings) {
    const json::object body = parse_page(result);
    const json::value* const messages = body.if_contains("messages");
    if (!messages || !messages->is_array()) fail("the answer cannot be read");
    const std::string to = as_recorded(query.destination.reveal());
    const TimePoint from = std::chrono::floor<std::chrono::seconds>(query.from);  // Twilio drops fractions
    RecordPage page;
    bool past_window = false;
    for (const json::value& entry : messages->get_array()) {
        if (!entry.is_object()) fail("the answer cannot be read");
        const json::object& message = entry.get_object();
        const TimePoint moment = created(message);
        past_window = moment < from;  // the last one's word counts: pages are newest first
        if (moment < from || moment > query.to) continue;
        if (text_of(message, "direction") != "outbound-api" || text_of(message, "to") != to) continue;
        page.records.push_back(read_record(message));
    }
    if (!past_window) page.next_page = next_page(body, settings);
    return page;
}

}  // namespace postrider::twilio
