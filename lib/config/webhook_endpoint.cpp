#include "lib/config/webhook_endpoint.h"

#include "lib/crypto/webhook_signature.h"

namespace postrider {

WebhookEndpoint read_webhook_endpoint(SettingsReader& section) {
    WebhookEndpoint endpoint;
    const bool plain = section.flag("allow_http", false);
    endpoint.allow_private = section.flag("allow_private", endpoint.allow_private);
    // To this host plain http will do in any case: that must be allowed by allow_private already.
    endpoint.url = section.required_url("url", plain ? PlainHttp::anywhere : PlainHttp::loopback_only);
    for (const Secret& secret : section.secrets("secret")) {
        if (auto key = webhook_key_of(secret)) {
            endpoint.keys.push_back(std::move(*key));
        } else {
            section.problem("secret", "must be whsec_ and the base64 of 24 to 64 bytes");
        }
    }
    if (!section.has("secret")) section.problem("secret", "is missing: receivers know by it that we are we");
    return endpoint;
}

}  // namespace postrider
