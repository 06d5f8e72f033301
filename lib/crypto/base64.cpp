#include "lib/crypto/base64.h"

#include "lib/crypto/bytes.h"

#include <sodium/utils.h>

namespace postrider {

namespace {

constexpr int variant = sodium_base64_VARIANT_ORIGINAL;

}  // namespace

std::string to_base64(std::string_view bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes_of(bytes), bytes.size(), variant);
    text.pop_back();  // the terminating zero
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    // libsodium takes some bytes above ASCII for letters.
    unsigned char all = 0;
    for (const char c : text) all |= static_cast<unsigned char>(c);
    if (all > 0x7f) return std::nullopt;
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    std::size_t size = 0;
    const char* end = nullptr;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), nullptr, &size, &end, variant) != 0 ||
        end != text.data() + text.size()) {
        return std::nullopt;
    }
    bytes.resize(size);
    return bytes;
}

std::optional<Secret> secret_from_base64(std::string_view text) {
    std::optional<Secret> secret;
    if (auto bytes = from_base64(text)) secret.emplace(std::move(*bytes));
    return secret;
}

}  // namespace postrider
