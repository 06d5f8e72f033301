#include "transports/twilio/incoming_media.h"

#include <algorithm>
#include <array>

namespace postrider::twilio {

namespace {

constexpr std::array<std::string_view, 1> own_hosts{"*.twilio.com"};
constexpr std::array<std::string_view, 2> storage_hosts{"*.twiliocdn.com", "s3-external-1.amazonaws.com"};

template <class Patterns>
bool is_one_of(const Patterns& patterns, std::string_view host) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const auto& pattern) { return is_host(host, pattern); });
}

}  // namespace

std::optional<HttpRequest> incoming_media_request(const ForeignUrl& url, bool redirected,
                                                  const Settings& settings) {
    HttpRequest request;
    request.url = url.text();
    const auto api = parse_foreign_url(settings.base_url);
    if (api && url.has_origin_of(*api)) {
        request.credentials = credentials(settings);
        // Where an operator has put it, it may be in our own network.
        request.public_addresses_only = settings.base_url == Settings{}.base_url;
        return request;
    }
    const bool allowed = is_one_of(own_hosts, url.host) || is_one_of(settings.media_hosts, url.host) ||
                         (redirected && is_one_of(storage_hosts, url.host));
    if (!allowed || !url.secure) return std::nullopt;
    request.public_addresses_only = true;
    return request;
}

}  // namespace postrider::twilio
