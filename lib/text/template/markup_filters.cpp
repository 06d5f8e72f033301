#include "lib/text/template/filter.h"

#include <algorithm>
#include <array>

// Filters that put in marks of HTML, or take them out.
namespace postrider::templates {

namespace {

using Argument = Filter::Argument;
using Safety = Filter::Safety;

/// Once: what is safe stays as it is.
Value escape(const FilterInput& input) {
    return input.is_safe() ? input.value() : Value(escape_html(input.text()), true);
}

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Where a tag or a comment that begins at `begin` ends, or npos if nothing does there.
std::size_t end_of_markup(const std::string& text, std::size_t begin) {
    const std::string_view rest = std::string_view(text).substr(begin + 1);
    if (rest.empty()) return std::string::npos;
    const bool comment = rest.starts_with("!--");
    if (!is_ascii_letter(rest[0]) && rest[0] != '/' && rest[0] != '!' && rest[0] != '?')
        return std::string::npos;
    const std::string_view closing = comment ? "-->" : ">";
    const std::size_t end = text.find(closing, begin + 1);
    return end == std::string::npos ? end : end + closing.size();
}

std::string strip_once(const std::string& text) {
    std::string result;
    std::size_t at = 0;
    const std::size_t last_end = text.rfind('>');
    bool comments_end = true;  // what was not found once is not looked for again
    while (at < text.size()) {
        const std::size_t mark = std::min(text.find('<', at), text.size());
        result.append(text, at, mark - at);
        if (mark == text.size()) break;
        const bool comment = text.compare(mark, 4, "<!--") == 0;
        const std::size_t end = comment && !comments_end ? std::string::npos : end_of_markup(text, mark);
        if (comment && end == std::string::npos) comments_end = false;
        if (end == std::string::npos) result += '<';
        at = end == std::string::npos ? mark + 1 : end;
        if (at > last_end) return result.append(text, at);
    }
    return result;
}

/// Until nothing looks like a tag.
Value striptags(const FilterInput& input) {
    constexpr int rounds_max = 50;  // Django's own limit
    std::string text = input.text();
    for (int round = 0; text.find('<') != std::string::npos && text.find('>') != std::string::npos; ++round) {
        if (round == rounds_max) input.refuse("finds tags made of tags");
        input.scope().pay(text.size());
        std::string next = strip_once(text);
        if (std::count(next.begin(), next.end(), '<') == std::count(text.begin(), text.end(), '<')) break;
        text = std::move(next);
    }
    return text;
}

constexpr std::array filters{
    Filter{"safe", Argument::none, Safety::kept, [](const FilterInput& i) { return Value(i.text(), true); }},
    Filter{"escape", Argument::none, Safety::kept, escape},
    Filter{"force_escape", Argument::none, Safety::kept,
           [](const FilterInput& i) { return Value(escape_html(i.text()), true); }},
    Filter{"striptags", Argument::none, Safety::kept, striptags},
};

}  // namespace

std::span<const Filter> markup_filters() { return filters; }

}  // namespace postrider::templates
