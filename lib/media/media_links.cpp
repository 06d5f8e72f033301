#include "lib/media/media_links.h"

#include "lib/crypto/keyed_hash.h"

#include <algorithm>
#include <charconv>

namespace postrider {

namespace {

constexpr std::string_view sealed_prefix = "secret:";
constexpr std::size_t token_size_max = 1000;

/// 32 bytes of their own for this purpose.
Secret derived_key(const Secret& secret) {
    const KeyedHash hash(secret);
    std::string key;
    for (const char* half : {"1", "2"}) {
        const Hash part = hash("media link", half);
        key.append(reinterpret_cast<const char*>(part.data()), part.size());
    }
    return Secret(std::move(key));
}

/// As RFC 4648 § 5 has it, for addresses.
std::string to_token(std::string sealed) {
    sealed.erase(0, sealed_prefix.size());
    std::replace(sealed.begin(), sealed.end(), '+', '-');
    std::replace(sealed.begin(), sealed.end(), '/', '_');
    sealed.erase(sealed.find_last_not_of('=') + 1);
    return sealed;
}

std::string from_token(std::string_view token) {
    std::string sealed(token);
    std::replace(sealed.begin(), sealed.end(), '-', '+');
    std::replace(sealed.begin(), sealed.end(), '_', '/');
    sealed.append((4 - sealed.size() % 4) % 4, '=');
    return std::string(sealed_prefix) + sealed;
}

}  // namespace

MediaLinks::MediaLinks(std::string public_url, const Secret& secret)
    : public_url_(std::move(public_url)), box_(derived_key(secret)) {
    while (public_url_.ends_with('/')) public_url_.pop_back();
}

// The plain text of a token: when it expires, and for another form its size and type; on the next line the
// file's type, and from there on its name. A daemon that knows of no forms reads it as the file's.
std::string MediaLinks::link(const Media& media, TimePoint now, const std::optional<MediaForm>& form) const {
    const auto expires =
        std::chrono::ceil<std::chrono::seconds>(now + media_link_lasts).time_since_epoch().count();
    std::string first = std::to_string(expires);
    if (form) first += ' ' + std::to_string(form->bytes_max) + ' ' + form->content_type;
    const std::string sealed = box_.seal(first + '\n' + media.content_type + '\n' + media.content_file);
    return public_url_ + "/media/" + to_token(sealed);
}

std::optional<MediaLinks::Target> MediaLinks::read(std::string_view token, TimePoint now) const {
    if (token.size() > token_size_max) return std::nullopt;
    const auto plain = box_.open(from_token(token));
    if (!plain) return std::nullopt;
    const auto first = plain->find('\n');
    const auto second = plain->find('\n', first + 1);
    if (second == std::string::npos) return std::nullopt;
    const char* const end = plain->data() + first;
    long long expires = 0;
    const char* const after = std::from_chars(plain->data(), end, expires).ptr;
    if (now >= TimePoint(std::chrono::seconds(expires))) return std::nullopt;
    Target target{{plain->substr(second + 1), plain->substr(first + 1, second - first - 1)}, std::nullopt};
    if (after != end) {
        target.form.emplace();
        const char* const space = std::from_chars(after + 1, end, target.form->bytes_max).ptr;
        if (space == end) return std::nullopt;
        target.form->content_type.assign(space + 1, end);
    }
    return target;
}

}  // namespace postrider
