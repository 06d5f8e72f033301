#include "lib/crypto/webhook_signature.h"

#include "lib/crypto/base64.h"
#include "lib/crypto/hmac.h"

namespace postrider {

std::optional<Secret> webhook_key_of(const Secret& secret) {
    constexpr std::string_view prefix = "whsec_";
    std::string_view text = secret.reveal();
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    std::optional<Secret> key = secret_from_base64(text);
    if (key && (key->reveal().size() < 24 || key->reveal().size() > 64)) key.reset();
    return key;
}

std::string webhook_signature(const std::vector<Secret>& keys, std::string_view id,
                              std::string_view timestamp, std::string_view body) {
    std::string content;
    content.reserve(id.size() + timestamp.size() + body.size() + 2);
    content.append(id).append(".").append(timestamp).append(".").append(body);
    std::string all;
    for (const Secret& key : keys) {
        if (!all.empty()) all += ' ';
        all += "v1," + to_base64(hmac_sha256(key, content));
    }
    wipe(content);
    return all;
}

}  // namespace postrider
