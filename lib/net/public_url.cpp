#include "lib/net/public_url.h"

#include "lib/net/request_target.h"

namespace postrider {

namespace {

struct PublicUrl {
    std::string_view origin;  ///< scheme and authority
    std::string_view prefix;  ///< begins with a slash and does not end with one; or empty
};

PublicUrl split(std::string_view url) {
    const auto scheme = url.find("://");
    const auto path = scheme == std::string_view::npos ? scheme : url.find('/', scheme + 3);
    PublicUrl parts{url.substr(0, path), {}};
    if (path != std::string_view::npos) parts.prefix = url.substr(path);
    while (parts.prefix.ends_with('/')) parts.prefix.remove_suffix(1);
    return parts;
}

bool begins_with_segments(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace

std::string_view path_without_prefix(std::string_view path, std::string_view public_url) {
    const std::string_view prefix = split(public_url).prefix;
    if (begins_with_segments(path, prefix)) path.remove_prefix(prefix.size());
    return path.empty() ? "/" : path;
}

std::string public_target_url(std::string_view public_url, std::string_view target) {
    if (public_url.empty()) return "";
    const PublicUrl to(split(public_url));
    const RequestTarget asked = split_target(target);
    std::string url(to.origin);
    if (!begins_with_segments(asked.path, to.prefix)) url += to.prefix;
    url += asked.path;
    const bool has_query = asked.query.data() != nullptr;  // also one that is empty, after a bare `?`
    if (has_query) url.append("?").append(asked.query);
    return url;
}

}  // namespace postrider
