#pragma once

#include "lib/config/settings_reader.h"
#include "lib/model/private.h"
#include "lib/net/http_client.h"

#include <optional>
#include <string>

namespace postrider::twilio {

/// Below which amounts, in the account's currency, the status warns; none: not at all.
struct BalanceLimits {
    std::optional<double> warning = {};
    std::optional<double> critical = {};

    bool any() const { return warning || critical; }
};

/// What a channel of this kind needs besides what every channel has.
struct Settings {
    std::string account_sid;  ///< `AC…`: in the path of every request, whoever authenticates
    std::optional<Secret> auth_token;
    std::optional<std::string> api_key;  ///< `SK…`; preferred to the auth token
    std::optional<Secret> api_key_secret;
    std::optional<std::string> from;
    std::optional<std::string> messaging_service_sid;  ///< `MG…`
    std::optional<std::string> status_callback;        ///< where reports of delivery go
    bool send_as_mms = false;                          ///< texts of more than 80 characters, in North America
    std::string base_url = "https://api.twilio.com";
    BalanceLimits balance_limits;
    std::optional<std::string> balance_account_sid;  ///< of the account that pays, if it is another
    std::optional<Secret> balance_auth_token;        ///< its own
    std::string lookups_url = "https://lookups.twilio.com";
};

/// Problems go to the reader; the result is complete if there are none.
Settings read_settings(SettingsReader& channel);

/// The API key where there is one, else account and auth token.
BasicCredentials credentials(const Settings& settings);

}  // namespace postrider::twilio
