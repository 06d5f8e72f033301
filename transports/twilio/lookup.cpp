#include "transports/twilio/lookup.h"

#include "lib/net/form.h"
#include "lib/net/header_line.h"
#include "lib/text/json_object.h"
#include "transports/twilio/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace postrider::twilio {

namespace {

namespace json = boost::json;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

/// As one step of a path: without the signs that people put between digits, all else escaped.
std::string as_path(std::string_view number) {
    std::string path;
    for (const char c : number) {
        if (std::string_view(" -.()").find(c) != std::string_view::npos) continue;
        const bool bare = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        path += bare ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return path;
}

/// `TOO_SHORT` as "too short". What is no such name is not repeated: it may have the number in it.
std::string in_words(std::string_view fault) {
    const bool is_name = !fault.empty() && std::all_of(fault.begin(), fault.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || c == '_';
    });
    if (!is_name) return "not a valid number";
    std::string words = lower_case(fault);
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

std::string faults_in(const json::object& body) {
    std::string faults;
    const json::value* const errors = body.if_contains("validation_errors");
    if (errors && errors->is_array()) {
        for (const json::value& each : errors->get_array()) {
            if (!faults.empty()) faults += ", ";
            faults += in_words(each.is_string() ? std::string_view(each.get_string()) : "");
        }
    }
    return faults.empty() ? "not a valid number" : faults;
}

void read_line_type(const json::object& body, NumberReport& report) {
    const json::value* const line = body.if_contains("line_type_intelligence");
    if (!line || !line->is_object()) return;
    report.type = text_at(line->get_object(), "type");
    report.carrier = text_at(line->get_object(), "carrier_name");
    const json::value* const code = line->get_object().if_contains("error_code");
    if (code && code->is_int64()) report.type = fmt::format("unknown (code {})", code->get_int64());
}

}  // namespace

HttpRequest lookup_request(std::string_view number, std::string_view country, const Settings& settings) {
    HttpRequest http;
    std::string query;
    append_form_field(query, "Fields", "line_type_intelligence");
    if (!country.empty()) append_form_field(query, "CountryCode", country);
    http.url = settings.lookups_url + "/v2/PhoneNumbers/" + as_path(number) + "?" + query;
    http.headers = {{"Accept", "application/json"}};
    http.credentials = credentials(settings);
    http.timeout = std::chrono::seconds{15};
    return http;
}

NumberReport read_lookup(const HttpResult& result) {
    if (result.exchange != Exchange::answered) fail(result.error);
    if (result.answer.status != 200) fail(refusal_reason(result.answer));
    const json::object body = parse_json_object(result.answer.body);
    const json::value* const valid = body.if_contains("valid");
    if (!valid || !valid->is_bool()) fail("the answer cannot be read");
    NumberReport report;
    report.valid = valid->get_bool();
    if (!report.valid) report.fault = faults_in(body);
    report.number = text_at(body, "phone_number");
    report.national_format = text_at(body, "national_format");
    report.country = text_at(body, "country_code");
    read_line_type(body, report);
    return report;
}

}  // namespace postrider::twilio
