#include "transports/twilio/pages.h"

#include "lib/net/internet_date.h"
#include "lib/text/json_object.h"
#include "transports/twilio/answer.h"
#include "transports/twilio/sid.h"

#include <algorithm>
#include <stdexcept>

namespace postrider::twilio {

namespace {

namespace json = boost::json;

/// A page of 500 texts of 1600 characters, half of them written as escapes.
constexpr std::size_t page_bytes_max = std::size_t{4} << 20;

}  // namespace

void fail_listing(const std::string& what) {
    throw std::runtime_error("Twilio's records cannot be had: " + what);
}

std::string messages_path(const Settings& settings) {
    return "/2010-04-01/Accounts/" + settings.account_sid + "/Messages.json";
}

HttpRequest list_request(std::string url, const Settings& settings) {
    HttpRequest http;
    http.url = std::move(url);
    http.headers = {{"Accept", "application/json"}};
    http.credentials = credentials(settings);
    http.timeout = std::chrono::seconds{15};
    http.answer_bytes_max = page_bytes_max;
    return http;
}

HttpRequest page_at(std::string next_page, const Settings& settings) {
    return list_request(settings.base_url + std::move(next_page), settings);
}

json::object read_answered_page(const HttpResult& result) {
    if (result.exchange != Exchange::answered) fail_listing(result.error);
    if (result.answer.status != 200) fail_listing(refusal_reason(result.answer));
    return parse_json_object(result.answer.body);
}

const json::array& records_in(const json::object& page, std::string_view key) {
    const json::value* const records = page.if_contains(key);
    if (!records || !records->is_array()) fail_listing("the answer cannot be read");
    for (const json::value& each : records->get_array()) {
        if (!each.is_object()) fail_listing("the answer cannot be read");
    }
    return records->get_array();
}

std::string next_page(const json::object& page, const Settings& settings) {
    const json::value* const link = page.if_contains("next_page_uri");
    if (!link) fail_listing("a page does not say what comes next");
    if (link->is_null()) return "";
    std::string uri = link->is_string() ? std::string(link->get_string()) : "";
    if (uri.starts_with(settings.base_url + "/")) uri.erase(0, settings.base_url.size());
    const bool plain = std::all_of(uri.begin(), uri.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!plain || !uri.starts_with(messages_path(settings) + "?")) fail_listing("the next page is elsewhere");
    return uri;
}

const json::string& listed_text(const json::object& record, std::string_view key) {
    const json::value* const value = record.if_contains(key);
    if (!value || !value->is_string()) fail_listing("one has no " + std::string(key));
    return value->get_string();
}

TimePoint listed_creation(const json::object& message) {
    const auto date = internet_date(listed_text(message, "date_created"));
    if (!date) fail_listing("the date of one cannot be read");
    return *date;
}

std::string listed_sid(const json::object& message) {
    std::string sid(listed_text(message, "sid"));
    if (!is_message_sid(sid)) fail_listing("one has no sound sid");
    return sid;
}

std::string listed_body(const json::object& message) {
    const json::value* const body = message.if_contains("body");
    if (body && body->is_null()) return "";
    return std::string(listed_text(message, "body"));
}

}  // namespace postrider::twilio
