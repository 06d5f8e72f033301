#include "lib/store/sql_array.h"

namespace postrider {

void SqlArray::add(std::string_view value) {
    std::string element = "\"";
    for (char c : value) {
        if (c == '"' || c == '\\') element += '\\';
        element += c;
    }
    add_bare(element += '"');
}

void SqlArray::add_bytes(std::string_view raw) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string element = "\"\\\\x";
    for (unsigned char byte : raw) {
        element += digits[byte >> 4];
        element += digits[byte & 15];
    }
    add_bare(element += '"');
}

void SqlArray::add_bare(std::string_view value) {
    if (text_.size() > 1) text_ += ',';
    text_ += value;
}

}  // namespace postrider
