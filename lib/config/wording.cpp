#include "lib/config/wording.h"

#include "lib/config/spelling.h"

namespace postrider {
namespace {

constexpr std::size_t shown_size_max = 60;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool is_inside_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::string shown(std::string_view text) {
    const bool cut = text.size() > shown_size_max;
    std::size_t size = cut ? shown_size_max : text.size();
    // Never half of a character of several bytes.
    while (cut && size > 0 && is_inside_character(text[size])) --size;
    std::string result = "\"";
    for (const char c : text.substr(0, size)) result += is_control(c) ? '?' : c;
    return result + (cut ? "…\"" : "\"");
}

std::string listed(const std::vector<std::string>& names) {
    std::string result;
    for (const std::string& name : names) result += (result.empty() ? "" : ", ") + name;
    return result;
}

std::string not_one_of(std::string_view name, std::string_view what, const std::vector<std::string>& names) {
    const std::string meant = nearest_word(name, names);
    return shown(name) + " is not a " + std::string(what) +
           (meant.empty() ? " " : " (did you mean " + meant + "?) ") +
           (names.empty() ? "(there is none)" : "(there are: " + listed(names) + ")");
}

}  // namespace postrider
