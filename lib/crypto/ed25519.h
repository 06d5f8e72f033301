#pragma once

#include "lib/model/private.h"

#include <string>
#include <string_view>

namespace postrider {

/// The detached signature (RFC 8032) of a message, 64 bytes in hexadecimal. `seed`: 32 raw bytes; throws
/// std::invalid_argument for any other length.
std::string ed25519_signature(const Secret& seed, std::string_view message);

}  // namespace postrider
