#include "lib/crypto/sha256.h"

#include "lib/crypto/bytes.h"

#include <sodium/crypto_hash_sha256.h>

#include <array>

namespace postrider {

std::string sha256(std::string_view bytes) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), bytes_of(bytes), bytes.size());
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace postrider
