#include "lib/config/web_address.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <cctype>

namespace postrider {
namespace {

namespace urls = boost::urls;

bool is_localhost(std::string name) {
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    return name == "localhost";
}

/// Short forms such as `127.1` are names to Boost.URL, and so not loopback here: rather too strict.
bool is_loopback(const urls::url_view& url) {
    if (url.host_type() == urls::host_type::ipv4) return url.host_ipv4_address().is_loopback();
    if (url.host_type() == urls::host_type::ipv6) return url.host_ipv6_address().is_loopback();
    return url.host_type() == urls::host_type::name && is_localhost(url.host_name());
}

/// Whether the parser took the whole authority for what it is. Boost.URL 1.81 reads 127.0.0.1.example.org
/// as the host 127.0.0.1, and the rest as a path; curl does not.
bool is_whole(const urls::url_view& url, std::string_view text) {
    const std::size_t begin = text.find("://") + 3;
    const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
    return std::string_view(url.encoded_authority().data(), url.encoded_authority().size()) ==
           text.substr(begin, end - begin);
}

/// Of 65536 and more, Boost.URL tells the rest.
bool has_bad_port(const urls::url_view& url) {
    if (!url.has_port() || url.port().empty()) return false;
    return url.port().size() > 5 || url.port_number() == 0 || std::to_string(url.port_number()) != url.port();
}

}  // namespace

std::optional<std::string> web_address_fault(std::string_view text, PlainHttp plain_http) {
    const auto parsed = urls::parse_uri(text);
    if (!parsed) return "is not a URL (like https://api.example.org)";
    const urls::url_view& url = *parsed;
    const bool plain = url.scheme_id() == urls::scheme::http;
    if (!plain && url.scheme_id() != urls::scheme::https) return "must begin with https://";
    if (!url.has_authority() || url.encoded_host().empty()) return "names no host";
    if (url.has_userinfo()) return "must not hold a user name or password: they have settings of their own";
    if (!is_whole(url, text)) return "has a host that is neither a name nor an address";
    if (has_bad_port(url)) return "has a port outside 1 to 65535";
    if (url.has_fragment()) return "must not hold a fragment (#…)";
    if (plain && plain_http == PlainHttp::loopback_only && !is_loopback(url)) {
        return "must begin with https://: over plain http, credentials would travel in the clear "
               "(http is for 127.0.0.1, ::1 and localhost only)";
    }
    return std::nullopt;
}

}  // namespace postrider
