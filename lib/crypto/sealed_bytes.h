#pragma once

#include "lib/model/private.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// Bytes of any kind as the Django package's backups have them: nonce, tag and ciphertext of one NaCl secretbox
/// (XSalsa20-Poly1305), raw. `key`: 32 bytes, or std::invalid_argument is thrown. With a fresh nonce.
std::string seal_bytes(const Secret& key, std::string_view plain);

/// nullopt for what is damaged, cut short, or sealed with another key.
std::optional<std::string> open_bytes(const Secret& key, std::string_view sealed);

}  // namespace postrider
