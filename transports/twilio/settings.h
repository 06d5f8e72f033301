#pragma once

#include "lib/config/settings_reader.h"
#include "lib/model/private.h"
#include "lib/net/http_client.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::twilio {

/// Below which amounts, in the account's currency, the status warns; none: not at all.
struct BalanceLimits {
    std::optional<double> warning = {};
    std::optional<double> critical = {};

    bool any() const { return warning || critical; }
};

/// The value of `status_callback` that says nowhere.
inline constexpr std::string_view no_callback = "none";

/// What a channel of this kind needs besides what every channel has.
struct Settings {
    std::string account_sid;  ///< `AC…`: in the path of every request, whoever authenticates
    std::optional<Secret> auth_token;
    /// While the auth token is being changed: webhooks may be signed with either.
    std::optional<Secret> secondary_auth_token;
    std::optional<std::string> api_key;  ///< `SK…`; preferred to the auth token
    std::optional<Secret> api_key_secret;
    std::optional<std::string> from;
    std::optional<std::string> messaging_service_sid;  ///< `MG…`
    /// Where reports of delivery go; `no_callback`: nowhere; nothing: to us, if Twilio can reach us.
    std::optional<std::string> status_callback;
    bool send_as_mms = false;  ///< texts of more than 80 characters, in North America
    std::string base_url = "https://api.twilio.com";
    BalanceLimits balance_limits;
    std::optional<std::string> balance_account_sid;  ///< of the account that pays, if it is another
    std::optional<Secret> balance_auth_token;        ///< its own
    std::string lookups_url = "https://lookups.twilio.com";
    /// Further hosts that files of incoming messages are fetched from; see is_host().
    std::vector<std::string> media_hosts;
};

/// Problems go to the reader; the result is complete if there are none.
Settings read_settings(SettingsReader& channel);

/// The API key where there is one, else account and auth token.
BasicCredentials credentials(const Settings& settings);

}  // namespace postrider::twilio
