#pragma once

#include "lib/config/settings_reader.h"
#include "lib/net/signed_post.h"

namespace postrider {

/// `url`, `secret` (one, or two while it is changed), `allow_private` and `allow_http`. Problems go to the reader.
WebhookEndpoint read_webhook_endpoint(SettingsReader& section);

}  // namespace postrider
