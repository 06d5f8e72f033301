#include "lib/crypto/sealed_bytes.h"

#include "lib/crypto/bytes.h"

#include <sodium/crypto_secretbox.h>
#include <sodium/randombytes.h>

#include <stdexcept>

namespace postrider {

namespace {

constexpr std::size_t nonce_size = crypto_secretbox_NONCEBYTES;
constexpr std::size_t overhead = nonce_size + crypto_secretbox_MACBYTES;

unsigned char* room_in(std::string& text, std::size_t from = 0) {
    return reinterpret_cast<unsigned char*>(text.data()) + from;
}

void check(const Secret& key) {
    if (key.reveal().size() != crypto_secretbox_KEYBYTES)
        throw std::invalid_argument("a secret key has 32 bytes");
}

}  // namespace

std::string seal_bytes(const Secret& key, std::string_view plain) {
    check(key);
    std::string sealed(overhead + plain.size(), '\0');
    randombytes_buf(sealed.data(), nonce_size);
    crypto_secretbox_easy(room_in(sealed, nonce_size), bytes_of(plain), plain.size(), bytes_of(sealed),
                          bytes_of(key.reveal()));
    return sealed;
}

std::optional<std::string> open_bytes(const Secret& key, std::string_view sealed) {
    check(key);
    if (sealed.size() < overhead) return std::nullopt;
    std::string plain(sealed.size() - overhead, '\0');
    const std::string_view box = sealed.substr(nonce_size);
    if (crypto_secretbox_open_easy(room_in(plain), bytes_of(box), box.size(), bytes_of(sealed),
                                   bytes_of(key.reveal())) != 0)
        return std::nullopt;
    return plain;
}

}  // namespace postrider
