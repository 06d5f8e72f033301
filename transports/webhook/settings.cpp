#include "transports/webhook/settings.h"

#include "lib/config/webhook_endpoint.h"

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
    settings.endpoint = read_webhook_endpoint(channel);
    settings.type = channel.text("type", settings.type);
    if (!is_type(settings.type))
        channel.problem("type", "must be words of letters, digits and _, with dots between them");
    return settings;
}

}  // namespace postrider::webhook
