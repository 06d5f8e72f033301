#pragma once

#include "lib/health/check.h"
#include "lib/net/http_client.h"
#include "transports/twilio/settings.h"

// What is left in the account that pays.
namespace postrider::twilio {

/// Of the account of `balance_account_sid` where there is one, else of the channel's own.
HttpRequest balance_request(const Settings& settings);

/// The amount against the channel's limits. Throws std::runtime_error, in our own words, for what is none.
Check read_balance(const HttpResult& result, const BalanceLimits& limits);

}  // namespace postrider::twilio
