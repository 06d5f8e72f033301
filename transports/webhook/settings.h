#pragma once

#include "lib/config/settings_reader.h"
#include "lib/net/signed_post.h"

#include <string>

namespace postrider::webhook {

/// What a channel of this kind needs besides what every channel has.
struct Settings {
    WebhookEndpoint endpoint;
    std::string type = "message.outgoing";
};

/// Problems go to the reader; the result is complete if there are none.
Settings read_settings(SettingsReader& channel);

}  // namespace postrider::webhook
