#include "lib/crypto/bytes.h"
#include "lib/crypto/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace postrider {

std::string hmac_sha1(const Secret& key, std::string_view text) {
    std::array<unsigned char, 20> code{};
    unsigned int size = 0;
    if (HMAC(EVP_sha1(), key.reveal().data(), static_cast<int>(key.reveal().size()), bytes_of(text),
             text.size(), code.data(), &size) == nullptr)
        throw std::runtime_error("OpenSSL has no HMAC-SHA1");
    return {reinterpret_cast<const char*>(code.data()), size};
}

}  // namespace postrider
