#include "lib/store/sql_array.h"

namespace postrider {

void SqlArray::add(std::string_view value) {
    begin_element();
    text_ += '"';
    std::size_t from = 0;
    for (std::size_t at = 0; at < value.size(); ++at) {
        if (value[at] != '"' && value[at] != '\\') continue;
        text_ += value.substr(from, at - from);
        text_ += '\\';
        from = at;
    }
    text_ += value.substr(from);
    text_ += '"';
    end_element();
}

void SqlArray::add_optional(const std::optional<std::string>& value) {
    if (value) {
        add(std::string_view(*value));
    } else {
        add_null();
    }
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
    end_element();
}

void SqlArray::add_bare(std::string_view value) {
    begin_element();
    text_ += value;
    end_element();
}

void SqlArray::begin_element() {
    if (text_.size() > 1) text_ += ',';
    element_ = text_.size();
}

void SqlArray::end_element() {
    if (all_usual_) all_usual_ = std::string_view(text_).substr(element_) == usual_;
}

}  // namespace postrider
