#include "lib/crypto/ed25519.h"

#include "lib/crypto/bytes.h"

#include <sodium/crypto_sign.h>
#include <sodium/utils.h>

#include <array>
#include <stdexcept>

namespace postrider {

std::string ed25519_signature(const Secret& seed, std::string_view message) {
    if (seed.reveal().size() != crypto_sign_SEEDBYTES)
        throw std::invalid_argument("a signing key has 32 bytes");
    std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_key{};
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> key{};
    crypto_sign_seed_keypair(public_key.data(), key.data(), bytes_of(seed.reveal()));
    std::array<unsigned char, crypto_sign_BYTES> signature{};
    crypto_sign_detached(signature.data(), nullptr, bytes_of(message), message.size(), key.data());
    sodium_memzero(key.data(), key.size());
    return hexadecimal(signature.data(), signature.size());
}

}  // namespace postrider
