#include "lib/crypto/ed25519.h"

#include <sodium/crypto_sign.h>
#include <sodium/utils.h>

#include <array>
#include <stdexcept>

namespace postrider {

namespace {

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string ed25519_signature(const Secret& seed, std::string_view message) {
    if (seed.reveal().size() != crypto_sign_SEEDBYTES)
        throw std::invalid_argument("a signing key has 32 bytes");
    std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_key{};
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> key{};
    crypto_sign_seed_keypair(public_key.data(), key.data(), bytes(seed.reveal()));
    std::array<unsigned char, crypto_sign_BYTES> signature{};
    crypto_sign_detached(signature.data(), nullptr, bytes(message), message.size(), key.data());
    sodium_memzero(key.data(), key.size());
    std::string digits(2 * signature.size() + 1, '\0');
    sodium_bin2hex(digits.data(), digits.size(), signature.data(), signature.size());
    digits.pop_back();  // the terminating zero
    return digits;
}

}  // namespace postrider
