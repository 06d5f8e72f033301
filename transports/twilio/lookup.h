#pragma once

#include "lib/dispatch/number_lookup.h"
#include "lib/net/http_client.h"
#include "transports/twilio/settings.h"

#include <string_view>

// Twilio's Lookup v2, with the line type. Each number that is asked for is charged.
namespace postrider::twilio {

/// Asks for a number, however it is written; `country` may be empty.
HttpRequest lookup_request(std::string_view number, std::string_view country, const Settings& settings);

/// Throws std::runtime_error, in our own words and without the number, for what is no report.
NumberReport read_lookup(const HttpResult& result);

}  // namespace postrider::twilio
