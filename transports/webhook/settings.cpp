#include "transports/webhook/settings.h"

#include "transports/webhook/signature.h"

#include <algorithm>

namespace postrider::webhook {

namespace {

/// Groups of letters, digits and _, with dots between them.
bool is_type(std::string_view text) {
    return !text.empty() && text.front() != '.' && text.back() != '.' &&
           text.find("..") == std::string_view::npos && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '.';
           });
}

}  // namespace

Settings read_settings(SettingsReader& channel) {
    Settings settings;
    const bool plain = channel.flag("allow_http", false);
    settings.allow_private = channel.flag("allow_private", settings.allow_private);
    // To this host plain http will do in any case: that must be allowed by allow_private already.
    settings.url = channel.required_url("url", plain ? PlainHttp::anywhere : PlainHttp::loopback_only);
    const std::vector<Secret> secrets = channel.secrets("secret");
    for (const Secret& secret : secrets) {
        if (auto key = key_of(secret)) {
            settings.keys.push_back(std::move(*key));
        } else {
            channel.problem("secret", "must be whsec_ and the base64 of 24 to 64 bytes");
        }
    }
    if (!channel.has("secret")) channel.problem("secret", "is missing: receivers know by it that we are we");
    settings.type = channel.text("type", settings.type);
    if (!is_type(settings.type))
        channel.problem("type", "must be words of letters, digits and _, with dots between them");
    return settings;
}

}  // namespace postrider::webhook
