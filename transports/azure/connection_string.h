#pragma once

#include "lib/model/private.h"

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace postrider::azure {

/// What a connection string holds.
struct Connection {
    std::string endpoint;  ///< `https://host`, without a slash at its end
    Secret access_key;     ///< its bytes
};

/// Why a text is no connection string, for an operator; never anything of it.
struct ConnectionFault {
    std::string what;
};

/// `endpoint=https://…;accesskey=…` in any order, capitals or small letters; other parts are ignored.
boost::system::result<Connection, ConnectionFault> parse_connection_string(const Secret& text);

/// What keeps `url` from being an endpoint, such as "must have no path"; nothing if it is one.
std::optional<std::string> endpoint_fault(std::string_view url);

/// The endpoint without slashes at its end.
std::string without_slashes(std::string_view url);

/// The bytes of an access key in base64; nullopt for what is none.
std::optional<Secret> decode_access_key(std::string_view base64);

}  // namespace postrider::azure
