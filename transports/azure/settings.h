#pragma once

#include "lib/config/settings_reader.h"
#include "lib/model/private.h"

#include <string>
#include <vector>

namespace postrider::azure {

/// What a channel of this kind needs besides what every channel has.
struct Settings {
    std::string endpoint;  ///< of the resource, or what `base_url` says; without a slash at its end
    Secret access_key;     ///< its bytes
    std::string from;
    std::string api_version = "2021-03-07";
    /// One of them stands in each webhook; none: no webhook can be told from a stranger's.
    std::vector<Secret> webhook_secrets;
};

/// Problems go to the reader; the result is complete if there are none.
Settings read_settings(SettingsReader& channel);

}  // namespace postrider::azure
