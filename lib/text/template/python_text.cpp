#include "lib/text/template/python_text.h"

#include "lib/text/template/number_text.h"
#include "lib/text/utf8.h"

#include <boost/json/object.hpp>
#include <unicode/uchar.h>

#include <array>
#include <cstdio>

namespace postrider::templates {

namespace {

std::string hex_escape(char32_t c) {
    std::array<char, 12> buffer{};
    const char* const format = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
    std::snprintf(buffer.data(), buffer.size(), format, static_cast<unsigned>(c));
    return buffer.data();
}

/// With the quotes that need fewer escapes.
std::string quoted(std::string_view text) {
    const bool has_apostrophe = text.find('\'') != std::string_view::npos;
    const char quote = has_apostrophe && text.find('"') == std::string_view::npos ? '"' : '\'';
    std::string result(1, quote);
    while (!text.empty()) {
        const char32_t c = take_code_point(text);
        if (c == static_cast<char32_t>(quote) || c == '\\') {
            result += '\\';
            append_utf8(result, c);
        } else if (c == '\n' || c == '\r' || c == '\t') {
            result += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
        } else if (c != ' ' &&
                   (u_isprint(static_cast<UChar32>(c)) == 0 || u_isspace(static_cast<UChar32>(c)))) {
            result += hex_escape(c);
        } else {
            append_utf8(result, c);
        }
    }
    return result + quote;
}

std::string object_text(const boost::json::object& object) {
    std::string text;
    for (const auto& [key, value] : object) {
        text += (text.empty() ? "" : ", ") + quoted({key.data(), key.size()}) + ": " +
                python_text(Value::from(value));
    }
    return "{" + text + "}";
}

std::string list_text(const Value::List& items) {
    std::string text;
    for (const Value& item : items) text += (text.empty() ? "" : ", ") + python_text(item);
    return "[" + text + "]";
}

}  // namespace

std::string python_text(const Value& value) {
    if (value.is_none()) return "None";
    if (const auto* const text = value.as_text()) return quoted(text->text);
    if (const auto* const truth = value.as<bool>()) return *truth ? "True" : "False";
    if (const auto* const number = value.as<std::int64_t>()) return std::to_string(*number);
    if (const auto* const number = value.as<double>()) return float_text(*number);
    if (const auto* const object = value.as_object()) return object_text(*object);
    if (value.is_list()) return list_text(*value.items());
    return "";
}

}  // namespace postrider::templates
