#include "lib/text/splitting.h"

#include "lib/text/utf8.h"
#include "tests/fuzz/fuzz_target.h"

#include <stdexcept>

namespace postrider::testing {
namespace {

std::string without_white(std::string_view text) {
    std::string kept;
    while (!text.empty()) {
        const char32_t c = take_code_point(text);
        const bool white = c == ' ' || (c >= 9 && c <= 13) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
                           (c >= 0x1C && c <= 0x1F) || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
                           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
        if (!white) append_utf8(kept, c);
    }
    return kept;
}

POSTRIDER_FUZZ(splitting) {
    if (bytes.empty()) return;
    const std::size_t most = 2 + static_cast<unsigned char>(bytes[0]) % 200;
    bytes.remove_prefix(1);
    if (!is_utf8(bytes)) {
        try {
            split_text(bytes, most);
            must_hold(false, "what is no UTF-8 is refused");
        } catch (const std::invalid_argument&) {
        }
        return;
    }
    const std::vector<std::string> parts = split_text(bytes, most);
    must_hold(!parts.empty(), "there is a part");
    std::string together;
    for (const std::string& part : parts) {
        must_hold(is_utf8(part), "each part is text");
        must_hold(count_utf16_units(part) <= most, "no part is too long");
        together += part;
    }
    must_hold(without_white(together) == without_white(bytes), "nothing is lost but white space");
    must_hold(split_text(bytes, most) == parts, "the same text comes apart in the same way");
}

}  // namespace
}  // namespace postrider::testing
