#include "tests/support/twilio_account.h"

#include "tests/support/twilio_documents.h"

#include <boost/json.hpp>

#include <algorithm>

namespace postrider::testing {

namespace {

namespace json = boost::json;

constexpr std::size_t digits_min = 9;

ServerAnswer json_answer(const json::object& body) {
    ServerAnswer answer;
    answer.status = 200;
    answer.content_type = "application/json";
    answer.body = json::serialize(body);
    return answer;
}

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

json::object not_valid(const std::string& number, const char* why) {
    json::object body;
    body["phone_number"] = number;
    body["valid"] = false;
    body["validation_errors"] = json::array{why};
    for (const char* name : {"country_code", "calling_country_code", "national_format"}) body[name] = nullptr;
    body["line_type_intelligence"] = nullptr;
    return body;
}

json::object line_of(const std::string& number) {
    json::object line;
    for (const char* name :
         {"type", "carrier_name", "mobile_country_code", "mobile_network_code", "error_code"})
        line[name] = nullptr;
    if (number.starts_with("+1416")) {
        line["error_code"] = 60601;
    } else if (number.starts_with("+1800")) {
        line["type"] = "tollFree";
    } else {
        line["type"] = "mobile";
        line["carrier_name"] = "Example Wireless";
    }
    return line;
}

json::object valid(const std::string& number) {
    const bool american = number.starts_with("+1") && number.size() == 12;
    json::object body;
    body["phone_number"] = number;
    body["valid"] = true;
    body["validation_errors"] = nullptr;
    body["calling_country_code"] = american ? "1" : number.substr(1, 2);
    body["country_code"] = american ? json::value("US") : json::value();
    body["national_format"] =
        american ? "(" + number.substr(2, 3) + ") " + number.substr(5, 3) + "-" + number.substr(8)
                 : "0" + number.substr(3);
    body["line_type_intelligence"] = line_of(number);
    body["url"] = "https://lookups.twilio.com/v2/PhoneNumbers/" + number;
    return body;
}

}  // namespace

ServerAnswer twilio_lookup(const ServerRequest& request) {
    if (request.method != "GET") return twilio_error({405, 20004, "Method not allowed"});
    const std::string escaped = request.path.substr(std::string(twilio_lookup_path).size());
    const auto decoded = parse_form("number=" + escaped);
    const auto query = parse_form(request.query);
    if (!decoded || !query || field_value(*query, "Fields") != "line_type_intelligence" ||
        query->size() > 1 + (field_value(*query, "CountryCode").size() == 2 ? 1u : 0u)) {
        return twilio_error({400, 20001, "Unknown or malformed parameter"});
    }
    std::string number = field_value(*decoded, "number");
    if (number.empty()) return twilio_error({404, 20404, "The requested resource was not found"});
    if (!number.starts_with('+') && field_value(*query, "CountryCode") == "US") number = "+1" + number;
    if (!number.starts_with('+')) return json_answer(not_valid(number, "INVALID_COUNTRY_CODE"));
    if (!all_digits(number.substr(1))) return json_answer(not_valid(number, "NOT_A_NUMBER"));
    if (number.size() <= digits_min) return json_answer(not_valid(number, "TOO_SHORT"));
    return json_answer(valid(number));
}

ServerAnswer twilio_balance(const std::string& account_sid, const std::string& amount) {
    json::object body;
    body["account_sid"] = account_sid;
    body["balance"] = amount;
    body["currency"] = "USD";
    return json_answer(body);
}

}  // namespace postrider::testing
