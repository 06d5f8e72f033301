#pragma once

#include "lib/async/clock.h"
#include "lib/model/private.h"
#include "lib/net/http_client.h"

#include <string>
#include <vector>

namespace postrider {

/// Where signed webhooks go, and by what their receiver knows that they are ours.
struct WebhookEndpoint {
    std::string url;
    std::vector<Secret> keys;    ///< the newest first
    bool allow_private = false;  ///< addresses of our own networks
};

/// A webhook of ours (Standard Webhooks 1.0 § 1): `id` is the same at every try, its time is that of this one.
/// `body` is JSON, and stays as it is. Of the answer only a little is read.
HttpRequest signed_post(const WebhookEndpoint& endpoint, const std::string& id, std::string body,
                        TimePoint now);

}  // namespace postrider
