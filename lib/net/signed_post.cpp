#include "lib/net/signed_post.h"

#include "lib/crypto/webhook_signature.h"

namespace postrider {

HttpRequest signed_post(const WebhookEndpoint& endpoint, const std::string& id, std::string body,
                        TimePoint now) {
    HttpRequest http;
    http.method = "POST";
    http.url = endpoint.url;
    http.timeout = std::chrono::seconds{15};
    http.answer_bytes_max = 4096;
    http.status_suffices = true;
    http.public_addresses_only = !endpoint.allow_private;
    http.body = std::move(body);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    const std::string timestamp = std::to_string(seconds);
    http.headers = {{"content-type", "application/json"},
                    {"webhook-id", id},
                    {"webhook-timestamp", timestamp},
                    {"webhook-signature", webhook_signature(endpoint.keys, id, timestamp, http.body)}};
    return http;
}

}  // namespace postrider
