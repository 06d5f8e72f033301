#pragma once

#include "lib/model/private.h"

#include <string>
#include <string_view>

namespace postrider {

/// HMAC-SHA256 (RFC 2104), 32 bytes; a key of any length.
std::string hmac_sha256(const Secret& key, std::string_view text);

/// HMAC-SHA1 (RFC 2104), 20 bytes: for providers that sign by it. As a keyed code it is still sound.
std::string hmac_sha1(const Secret& key, std::string_view text);

/// In a time that depends on the sizes only.
bool equal_secrets(std::string_view one, std::string_view other);

}  // namespace postrider
