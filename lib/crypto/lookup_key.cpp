#include "lib/crypto/lookup_key.h"

#include "lib/crypto/bytes.h"

#include <sodium/crypto_hash_sha256.h>

#include <array>

namespace postrider {

std::string lookup_key(std::string_view prefix, std::string_view address) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, bytes_of(prefix), prefix.size());
    crypto_hash_sha256_update(&state, bytes_of(address), address.size());
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256_final(&state, hash.data());
    return hexadecimal(hash.data(), hash.size());
}

}  // namespace postrider
