#include "lib/net/form.h"

#include <algorithm>

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

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
            continue;
        }
        const bool escape = text[i] == '%' && i + 2 < text.size();
        const int high = escape ? digit_of(text[i + 1]) : -1;
        const int low = escape ? digit_of(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            out += text[i];
        } else {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return out;
}

}  // namespace

void append_form_field(std::string& form, std::string_view name, std::string_view value) {
    form.reserve(form.size() + name.size() + 3 * value.size() + 2);  // no half-filled copies left in memory
    if (!form.empty()) form += '&';
    append_encoded(form, name);
    form += '=';
    append_encoded(form, value);
}

FormFields parse_form(std::string_view form) {
    FormFields fields;
    while (!form.empty()) {
        const std::string_view field = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(field.size() + 1, form.size()));
        if (field.empty()) continue;
        const auto equals = field.find('=');
        fields.emplace_back(decoded(field.substr(0, equals)),
                            equals == std::string_view::npos ? "" : decoded(field.substr(equals + 1)));
    }
    return fields;
}

std::optional<std::string_view> find_field(const FormFields& fields, std::string_view name) {
    for (const auto& [each, value] : fields) {
        if (each == name) return value;
    }
    return std::nullopt;
}

}  // namespace postrider
