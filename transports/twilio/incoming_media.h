#pragma once

#include "lib/net/foreign_url.h"
#include "lib/net/http_client.h"
#include "transports/twilio/settings.h"

#include <optional>

namespace postrider::twilio {

/// How a file of an incoming message is asked for (Twilio, "Media resource"): at the API's own address with
/// the account's credentials, at other hosts of Twilio's without; a redirect may lead to where Twilio keeps
/// its files, too. To `media_hosts` as well. Anywhere but at `base_url` by https and at public addresses only.
/// Nothing: not from there.
std::optional<HttpRequest> incoming_media_request(const ForeignUrl& url, bool redirected,
                                                  const Settings& settings);

}  // namespace postrider::twilio
