#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// A URL of http or https that somebody else gave, taken apart once. What is asked for is put together from
/// these parts again, so that nobody reads another host in it than was checked.
struct ForeignUrl {
    bool secure = false;  ///< https
    std::string host;     ///< in lower case: a name, an IPv4 address, or one of IPv6 in brackets
    std::uint16_t port = 0;
    std::string target;  ///< path and query as written; begins with a slash

    std::string text() const;
    bool has_origin_of(const ForeignUrl& other) const;
    /// Where a redirect to `location` leads from here (RFC 9110 § 10.2.2); nullopt where that is none.
    std::optional<ForeignUrl> resolve(std::string_view location) const;

    bool operator==(const ForeignUrl&) const = default;
};

/// Nothing of what could be read in two ways is one: user names, backslashes, escapes in the host, spaces,
/// what is not ASCII. A fragment is left out. Total for any bytes.
std::optional<ForeignUrl> parse_foreign_url(std::string_view text);

/// Whether a host has that name; `*.example.org` stands for all below example.org.
bool is_host(std::string_view host, std::string_view pattern);

}  // namespace postrider
