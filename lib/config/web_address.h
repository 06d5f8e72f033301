#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// Where `http:` will do instead of `https:`.
enum class PlainHttp {
    loopback_only,  ///< what goes there holds credentials, which must not cross a network in the clear
    anywhere,
};

/// What keeps `text` from being the address of a web service; nothing when it is one. Asks for http or
/// https, a host and a real port; a user name, a password or a fragment has no place in it.
///
/// The answer never repeats `text`: it may hold a password.
std::optional<std::string> web_address_fault(std::string_view text, PlainHttp plain_http);

}  // namespace postrider
