#include "lib/net/form.h"

namespace postrider {

namespace {

bool stays_bare(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '*' ||
           c == '-' || c == '.' || c == '_';
}

void append_encoded(std::string& form, std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        if (stays_bare(c)) {
            form += c;
        } else if (c == ' ') {
            form += '+';
        } else {
            const auto byte = static_cast<unsigned char>(c);
            form += '%';
            form += digits[byte >> 4];
            form += digits[byte & 15];
        }
    }
}

}  // namespace

void append_form_field(std::string& form, std::string_view name, std::string_view value) {
    form.reserve(form.size() + name.size() + 3 * value.size() + 2);  // no half-filled copies left in memory
    if (!form.empty()) form += '&';
    append_encoded(form, name);
    form += '=';
    append_encoded(form, value);
}

}  // namespace postrider
