#include "lib/net/foreign_url.h"

#include <algorithm>
#include <charconv>

namespace postrider {

namespace {

constexpr std::size_t size_max = 8192;  // signed links are long
constexpr std::size_t host_size_max = 253;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hexadecimal(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

bool is_plain(char c) {
    return c > ' ' && c < '\x7f' && std::string_view("\\\"<>^`{|}").find(c) == std::string_view::npos;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

bool is_name(std::string_view host) {
    if (host.empty() || host.size() > host_size_max || host.front() == '.' || host.back() == '.')
        return false;
    return host.find("..") == std::string_view::npos && std::all_of(host.begin(), host.end(), [](char c) {
               return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
           });
}

bool is_bracketed_address(std::string_view host) {
    if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
    const std::string_view inner = host.substr(1, host.size() - 2);
    return inner.size() <= 45 && inner.find(':') != std::string_view::npos &&
           std::all_of(inner.begin(), inner.end(),
                       [](char c) { return is_hexadecimal(c) || c == ':' || c == '.'; });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || !is_digit(text.front()) || error != std::errc{} || end != text.data() + text.size() ||
        port == 0)
        return std::nullopt;
    return port;
}

/// Host and port of an authority; no user name.
bool take_authority(std::string_view authority, ForeignUrl& url) {
    const std::size_t bracket = authority.find(']');
    const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    url.host = lower_case(authority.substr(0, colon));
    if (!is_name(url.host) && !is_bracketed_address(url.host)) return false;
    url.port = url.secure ? 443 : 80;
    if (colon == std::string_view::npos) return true;
    const auto port = parse_port(authority.substr(colon + 1));
    if (port) url.port = *port;
    return port.has_value();
}

}  // namespace

std::optional<ForeignUrl> parse_foreign_url(std::string_view text) {
    if (text.size() > size_max || !std::all_of(text.begin(), text.end(), is_plain)) return std::nullopt;
    text = text.substr(0, text.find('#'));
    ForeignUrl url;
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) return std::nullopt;
    const std::string name = lower_case(text.substr(0, scheme));
    if (name != "http" && name != "https") return std::nullopt;
    url.secure = name == "https";
    text.remove_prefix(scheme + 3);
    const std::size_t end = std::min(text.find_first_of("/?"), text.size());
    if (!take_authority(text.substr(0, end), url)) return std::nullopt;
    url.target = text.substr(end);
    if (!url.target.starts_with('/')) url.target.insert(0, "/");
    return url;
}

std::string ForeignUrl::text() const {
    std::string text = (secure ? "https://" : "http://") + host;
    if (port != (secure ? 443 : 80)) text += ':' + std::to_string(port);
    return text + target;
}

bool ForeignUrl::has_origin_of(const ForeignUrl& other) const {
    return secure == other.secure && host == other.host && port == other.port;
}

std::optional<ForeignUrl> ForeignUrl::resolve(std::string_view location) const {
    const std::string_view before_path = location.substr(0, location.find_first_of("/?#"));
    if (before_path.find(':') != std::string_view::npos) return parse_foreign_url(location);
    if (location.starts_with("//"))
        return parse_foreign_url((secure ? "https:" : "http:") + std::string(location));
    ForeignUrl origin = *this;
    origin.target.clear();
    std::string base = origin.text();
    const std::string_view path = std::string_view(target).substr(0, target.find('?'));
    if (location.starts_with('?')) {
        base += path;
    } else if (!location.starts_with('/')) {
        base += path.substr(0, path.rfind('/') + 1);
    }
    return parse_foreign_url(base.append(location));
}

bool is_host(std::string_view host, std::string_view pattern) {
    if (!pattern.starts_with("*.")) return host == pattern;
    const std::string_view below = pattern.substr(1);
    return host.size() > below.size() && host.ends_with(below);
}

}  // namespace postrider
