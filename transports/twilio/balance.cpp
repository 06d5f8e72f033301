#include "transports/twilio/balance.h"

#include "lib/health/status_messages.h"
#include "lib/text/json_object.h"
#include "transports/twilio/amount.h"
#include "transports/twilio/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace postrider::twilio {

namespace {

namespace json = boost::json;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

/// A text with a decimal point, such as "12.34"; taken as a number, too.
double amount_in(const json::object& body) {
    const json::value* const balance = body.if_contains("balance");
    std::optional<double> amount;
    if (balance && balance->is_number()) amount = balance->to_number<double>();
    if (balance && balance->is_string()) amount = parse_amount(std::string_view(balance->get_string()));
    if (!amount) fail("the answer has no balance");
    return *amount;
}

std::string currency_in(const json::object& body) {
    const std::string name = text_at(body, "currency");
    const bool sound = name.size() == 3 &&
                       std::all_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return sound ? " " + name : "";
}

/// "20:" is what monitoring systems call "below 20".
std::string threshold(const std::optional<double>& limit) {
    return limit ? fmt::format("{:g}:", *limit) : "";
}

}  // namespace

HttpRequest balance_request(const Settings& settings) {
    const auto& other = settings.balance_account_sid;
    HttpRequest http;
    http.url =
        settings.base_url + "/2010-04-01/Accounts/" + other.value_or(settings.account_sid) + "/Balance.json";
    http.headers = {{"Accept", "application/json"}};
    http.credentials = credentials(settings);
    if (other) http.credentials = BasicCredentials{*other, settings.balance_auth_token.value_or(Secret())};
    http.timeout = std::chrono::seconds{15};
    return http;
}

Check read_balance(const HttpResult& result, const BalanceLimits& limits) {
    if (result.exchange != Exchange::answered) fail(result.error);
    if (result.answer.status != 200) fail(refusal_reason(result.answer));
    const json::object body = parse_json_object(result.answer.body);
    const double amount = amount_in(body);
    Check check;
    const std::string text = fmt::format("{:.2f}{}", amount, currency_in(body));
    if (limits.critical && amount < *limits.critical) {
        say<status::account_very_low>(check, text);
    } else if (limits.warning && amount < *limits.warning) {
        say<status::account_low>(check, text);
    } else {
        say<status::account_enough>(check, text);
    }
    check.measures = {{"balance", amount, "", threshold(limits.warning), threshold(limits.critical)}};
    return check;
}

}  // namespace postrider::twilio
