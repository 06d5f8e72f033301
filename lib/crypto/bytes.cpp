#include "lib/crypto/bytes.h"

#include <sodium/utils.h>

namespace postrider {

std::string hexadecimal(const unsigned char* bytes, std::size_t count) {
    std::string digits(2 * count + 1, '\0');
    sodium_bin2hex(digits.data(), digits.size(), bytes, count);
    digits.pop_back();  // the terminating zero
    return digits;
}

}  // namespace postrider
