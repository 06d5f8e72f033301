#include "lib/text/splitting.h"

#include "lib/text/utf8.h"

#include <stdexcept>

namespace postrider {

std::vector<std::string> split_text(std::string_view utf8, std::size_t units_max) {
    if (!is_utf8(utf8)) throw std::invalid_argument("not valid UTF-8");
    std::vector<std::string> parts(1);
    std::size_t units = 0;
    for (std::size_t at = 0; at < utf8.size();) {
        std::size_t end = at + 1;
        while (end < utf8.size() && (static_cast<unsigned char>(utf8[end]) & 0xc0) == 0x80) ++end;
        const std::size_t needed = end - at == 4 ? 2 : 1;
        if (units + needed > units_max) {
            parts.emplace_back();
            units = 0;
        }
        parts.back().append(utf8.substr(at, end - at));
        units += needed;
        at = end;
    }
    return parts;
}

}  // namespace postrider
