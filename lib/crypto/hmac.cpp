#include "lib/crypto/hmac.h"

#include "lib/crypto/bytes.h"

#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/utils.h>

#include <array>

namespace postrider {

std::string hmac_sha256(const Secret& key, std::string_view text) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, bytes_of(key.reveal()), key.reveal().size());
    crypto_auth_hmacsha256_update(&state, bytes_of(text), text.size());
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> code{};
    crypto_auth_hmacsha256_final(&state, code.data());
    return {reinterpret_cast<const char*>(code.data()), code.size()};
}

bool equal_secrets(std::string_view one, std::string_view other) {
    return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace postrider
