#pragma once

#include <string>
#include <string_view>

namespace postrider {

/// The `lookup_key` of a row, by which a Django site finds the messages of one address although that is
/// encrypted: SHA-256 of prefix and address, in hexadecimal. Whoever knows the prefix can try all numbers,
/// so it is as personal as the address.
std::string lookup_key(std::string_view prefix, std::string_view address);

}  // namespace postrider
