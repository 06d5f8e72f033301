#include "transports/azure/connection_string.h"

#include "lib/config/web_address.h"
#include "lib/crypto/base64.h"
#include "lib/net/header_line.h"

namespace postrider::azure {

namespace {

/// Portals and editors leave spaces and line ends around what is copied.
std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto begin = text.find_first_not_of(blank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

struct Parts {
    std::string_view endpoint;
    std::string_view access_key;
};

Parts parts_of(std::string_view text) {
    Parts parts;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find(';'));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        const auto equals = part.find('=');  // the first: keys end in =
        if (equals == std::string_view::npos) continue;
        const std::string name = lower_case(trimmed(part.substr(0, equals)));
        const std::string_view value = trimmed(part.substr(equals + 1));
        if (name == "endpoint") parts.endpoint = value;
        if (name == "accesskey") parts.access_key = value;
    }
    return parts;
}

}  // namespace

boost::system::result<Connection, ConnectionFault> parse_connection_string(const Secret& text) {
    const Parts parts = parts_of(text.reveal());
    if (parts.endpoint.empty()) return ConnectionFault{"has no endpoint=…"};
    if (parts.access_key.empty()) return ConnectionFault{"has no accesskey=…"};
    if (const auto fault = endpoint_fault(parts.endpoint)) return ConnectionFault{"its endpoint " + *fault};
    auto key = decode_access_key(parts.access_key);
    if (!key) return ConnectionFault{"its accesskey is not base64"};
    return Connection{without_slashes(parts.endpoint), std::move(*key)};
}

std::optional<std::string> endpoint_fault(std::string_view url) {
    if (auto fault = web_address_fault(url, PlainHttp::loopback_only)) return fault;
    const std::string bare = without_slashes(url);
    if (bare.find_first_of("/?", bare.find("://") + 3) == std::string::npos) return std::nullopt;
    return "must be only scheme, host and port";
}

std::string without_slashes(std::string_view url) {
    while (url.ends_with('/')) url.remove_suffix(1);
    return std::string(url);
}

std::optional<Secret> decode_access_key(std::string_view base64) {
    std::optional<Secret> key = secret_from_base64(base64);
    if (key && key->empty()) key.reset();
    return key;
}

}  // namespace postrider::azure
