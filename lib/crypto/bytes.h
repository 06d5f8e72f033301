#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postrider {

/// A text as libsodium takes it.
inline const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// Two small digits a byte.
std::string hexadecimal(const unsigned char* bytes, std::size_t count);

}  // namespace postrider
