#pragma once

#include "lib/config/settings_reader.h"
#include "lib/model/private.h"

#include <string>
#include <vector>

namespace postrider::webhook {

/// What a channel of this kind needs besides what every channel has.
struct Settings {
    std::string url;
    std::vector<Secret> keys;  ///< the newest first
    std::string type = "message.outgoing";
    bool allow_private = false;  ///< addresses of our own networks
};

/// Problems go to the reader; the result is complete if there are none.
Settings read_settings(SettingsReader& channel);

}  // namespace postrider::webhook
