#include "lib/crypto/keyed_hash.h"

#include "lib/crypto/bytes.h"

#include <sodium/crypto_generichash.h>

#include <cstdint>

namespace postrider {

namespace {

constexpr std::size_t key_bytes = 32;

}  // namespace

KeyedHash::KeyedHash(const Secret& key) {
    std::string derived(key_bytes, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(derived.data()), derived.size(),
                       bytes_of(key.reveal()), key.reveal().size(), nullptr, 0);
    key_ = Secret(std::move(derived));
}

Hash KeyedHash::operator()(std::string_view context, std::string_view value) const {
    crypto_generichash_state state;
    crypto_generichash_init(&state, bytes_of(key_.reveal()), key_.reveal().size(), Hash().size());
    const std::uint64_t context_size = context.size();  // so that no context is another's beginning
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&context_size),
                              sizeof context_size);
    crypto_generichash_update(&state, bytes_of(context), context.size());
    crypto_generichash_update(&state, bytes_of(value), value.size());
    Hash hash;
    crypto_generichash_final(&state, hash.data(), hash.size());
    return hash;
}

}  // namespace postrider
