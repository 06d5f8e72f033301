#include "transports/twilio/signature.h"

#include "lib/crypto/base64.h"
#include "lib/crypto/bytes.h"
#include "lib/crypto/hmac.h"
#include "lib/crypto/sha256.h"

#include <algorithm>
#include <set>

namespace postrider::twilio {

namespace {

/// Where host and port begin and end.
struct Authority {
    std::size_t begin = 0;
    std::size_t end = 0;
};

Authority authority_of(std::string_view url) {
    const auto scheme = url.find("://");
    const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    return {begin, std::min(url.find_first_of("/?#", begin), url.size())};
}

/// The URL with the port if it has none, without it if it has one.
std::string other_port(std::string_view url) {
    const Authority authority = authority_of(url);
    const std::string_view host = url.substr(authority.begin, authority.end - authority.begin);
    const auto colon = host.rfind(':');
    const auto bracket = host.rfind(']');  // of an IPv6 address
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    std::string other(url.substr(0, authority.begin));
    if (has_port) {
        other += host.substr(0, colon);
    } else {
        other += host;
        other += url.starts_with("https:") ? ":443" : ":80";
    }
    other += url.substr(authority.end);
    return other;
}

/// All names in the order of their bytes, each with each of its values, none of these twice.
std::string signed_fields(const FormFields& fields) {
    const std::set<std::pair<std::string, std::string>> sorted(fields.begin(), fields.end());
    std::string text;
    for (const auto& [name, value] : sorted) {
        text += name;
        text += value;
    }
    return text;
}

bool is_signed(std::string_view url, const std::string& appended, const Secret& auth_token,
               std::string_view signature) {
    const std::string_view without_fragment = url.substr(0, url.find('#'));
    for (const std::string& each : {std::string(without_fragment), other_port(without_fragment)}) {
        if (equal_secrets(to_base64(hmac_sha1(auth_token, each + appended)), signature)) return true;
    }
    return false;
}

}  // namespace

bool is_signed_form(std::string_view url, const FormFields& fields, const Secret& auth_token,
                    std::string_view signature) {
    std::string appended = signed_fields(fields);
    const bool result = is_signed(url, appended, auth_token, signature);
    wipe(appended);
    return result;
}

bool is_signed_body(std::string_view url, std::string_view body, const Secret& auth_token,
                    std::string_view signature) {
    const auto query = url.find('?');
    if (query == std::string_view::npos) return false;
    const FormFields fields = parse_form(url.substr(query + 1, url.find('#') - query - 1));
    const auto stated = find_field(fields, "bodySHA256");
    const std::string digest = sha256(body);
    return stated && equal_secrets(*stated, hexadecimal(bytes_of(digest), digest.size())) &&
           is_signed(url, "", auth_token, signature);
}

}  // namespace postrider::twilio
