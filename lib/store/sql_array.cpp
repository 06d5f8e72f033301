#include "lib/store/sql_array.h"

#include <algorithm>

namespace postrider {

void SqlArray::add(std::string_view value) {
    begin_element();
    text_ += '"';
    for (std::size_t from = 0; from < value.size();) {
        const std::size_t special = std::min(value.find_first_of("\"\\", from), value.size());
        text_ += value.substr(from, special - from);
        if (special == value.size()) break;
        text_ += '\\';
        text_ += value[special];
        from = special + 1;
    }
    text_ += '"';
}

void SqlArray::add_bytes(std::string_view raw) {
    constexpr std::string_view digits = "0123456789abcdef";
    begin_element();
    text_ += "\"\\\\x";
    for (unsigned char byte : raw) {
        text_ += digits[byte >> 4];
        text_ += digits[byte & 15];
    }
    text_ += '"';
}

void SqlArray::add_bare(std::string_view value) {
    begin_element();
    text_ += value;
}

void SqlArray::begin_element() {
    if (text_.size() > 1) text_ += ',';
}

}  // namespace postrider
