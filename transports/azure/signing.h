#pragma once

#include "lib/model/private.h"

#include <string>
#include <string_view>

namespace postrider::azure {

/// What of a request is signed, each exactly as it goes out.
struct Signable {
    std::string method;          ///< in capitals
    std::string path_and_query;  ///< as on the request line
    std::string date;            ///< header x-ms-date
    std::string host;            ///< header Host
    std::string content_hash;    ///< header x-ms-content-sha256
};

/// Of a body's bytes: their SHA-256 in base64.
std::string content_hash(std::string_view body);

/// The text that is signed.
std::string string_to_sign(const Signable& request);

/// The value of the header Authorization. `access_key`: its bytes.
std::string authorization(const Signable& request, const Secret& access_key);

}  // namespace postrider::azure
