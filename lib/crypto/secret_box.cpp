#include "lib/crypto/secret_box.h"

#include "lib/crypto/base64.h"
#include "lib/crypto/bytes.h"
#include "lib/text/utf8.h"

#include <sodium/crypto_secretbox.h>
#include <sodium/randombytes.h>

#include <stdexcept>

namespace postrider {

namespace {

unsigned char* room_in(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

SecretBox::SecretBox(Secret key) : key_(std::move(key)) {
    if (key_.reveal().size() != crypto_secretbox_KEYBYTES) {
        throw std::invalid_argument("a secret key has 32 bytes");
    }
}

bool SecretBox::is_sealed(std::string_view stored) { return stored.starts_with(prefix); }

std::string SecretBox::seal(std::string_view plain) const {
    std::string nonce(crypto_secretbox_NONCEBYTES, '\0');
    randombytes_buf(nonce.data(), nonce.size());
    return seal(plain, nonce);
}

std::string SecretBox::seal(std::string_view plain, std::string_view nonce) const {
    std::string box(crypto_secretbox_MACBYTES + plain.size(), '\0');
    crypto_secretbox_easy(room_in(box), bytes_of(plain), plain.size(), bytes_of(nonce),
                          bytes_of(key_.reveal()));
    return std::string(prefix) + to_base64(std::string(nonce) + box);
}

std::optional<std::string> SecretBox::open(std::string_view stored) const {
    if (!is_sealed(stored)) return std::nullopt;
    const auto sealed = from_base64(stored.substr(prefix.size()));
    constexpr std::size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    if (!sealed || sealed->size() < overhead) return std::nullopt;
    const std::string_view box = std::string_view(*sealed).substr(crypto_secretbox_NONCEBYTES);
    std::string plain(sealed->size() - overhead, '\0');
    if (crypto_secretbox_open_easy(room_in(plain), bytes_of(box), box.size(), bytes_of(*sealed),
                                   bytes_of(key_.reveal())) != 0) {
        return std::nullopt;
    }
    if (!is_utf8(plain)) {
        wipe(plain);
        return std::nullopt;
    }
    return plain;
}

Secret generate_secret_key() {
    std::string key(crypto_secretbox_KEYBYTES, '\0');
    randombytes_buf(key.data(), key.size());
    Secret encoded(to_base64(key));
    wipe(key);
    return encoded;
}

}  // namespace postrider
