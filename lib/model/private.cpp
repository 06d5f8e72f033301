#include "lib/model/private.h"

#include <sodium/utils.h>

namespace postrider {

void wipe(std::string& text) {
    if (text.empty()) return;
    sodium_memzero(text.data(), text.size());
    text.clear();
}

}  // namespace postrider
