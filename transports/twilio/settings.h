#pragma once

#include "lib/config/settings_reader.h"
#include "lib/model/private.h"
#include "lib/net/http_client.h"

#include <optional>
#include <string>

namespace postrider::twilio {

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
    std::string lookups_url = "https://lookups.twilio.com";
};

/// Problems go to the reader; the result is complete if there are none.
Settings read_settings(SettingsReader& channel);

/// The API key where there is one, else account and auth token.
BasicCredentials credentials(const Settings& settings);

}  // namespace postrider::twilio
