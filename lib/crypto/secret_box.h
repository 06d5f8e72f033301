#pragma once

#include "lib/model/private.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// Values of encrypted columns: `secret:` + base64 of nonce, tag and ciphertext (NaCl secretbox,
/// XSalsa20-Poly1305), as the Django package stores them.
class SecretBox {
public:
    static constexpr std::string_view prefix = "secret:";

    /// `key`: 32 raw bytes. Throws std::invalid_argument for any other length.
    explicit SecretBox(Secret key);

    static bool is_sealed(std::string_view stored);

    /// With a fresh random nonce.
    std::string seal(std::string_view plain) const;
    /// With a given nonce of 24 bytes: for test vectors only, since a nonce must never come twice.
    std::string seal(std::string_view plain, std::string_view nonce) const;

    /// The plain text of a sealed value; nullopt when it is damaged, was sealed with another key, or
    /// is not UTF-8. Wipe what you get, or give it to a Private.
    std::optional<std::string> open(std::string_view stored) const;

private:
    Secret key_;
};

/// 32 random bytes in base64: a new `encryption.secret_key`.
Secret generate_secret_key();

}  // namespace postrider
