#pragma once

#include "lib/model/private.h"

#include <string>
#include <string_view>

namespace postrider {

/// HMAC-SHA256 (RFC 2104), 32 bytes; a key of any length.
std::string hmac_sha256(const Secret& key, std::string_view text);

}  // namespace postrider
