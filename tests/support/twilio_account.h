#pragma once

#include "lib/net/http_server.h"

#include <string>

namespace postrider::testing {

constexpr const char* twilio_lookup_path = "/v2/PhoneNumbers/";

/// The answer to a GET of Lookup v2 with the line type. Whoever may be called is a mobile number; +1800… are
/// toll-free, and the lines of +1416… (Toronto) are not told. Numbers of fewer than 9 digits are too short.
ServerAnswer twilio_lookup(const ServerRequest& request);

/// The answer to a GET of an account's Balance.json; `amount` as Twilio writes it, such as "12.34".
ServerAnswer twilio_balance(const std::string& account_sid, const std::string& amount);

}  // namespace postrider::testing
