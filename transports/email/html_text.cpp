#include "transports/email/html_text.h"

#include "lib/text/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace postrider::email {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> entities{
    {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}, {"shy", ""}}};
constexpr std::array<std::string_view, 12> blocks{"br", "p",  "div", "tr", "li", "ul",
                                                  "ol", "h1", "h2",  "h3", "hr", "blockquote"};
constexpr std::array<std::string_view, 4> unseen{"script", "style", "head", "title"};
constexpr std::size_t entity_max = 12;

template <std::size_t size>
bool contains(const std::array<std::string_view, size>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_letter_or_digit(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

/// The name of a tag in small letters: `p` of `<P class=x>` and of `</p>`.
std::string tag_name(std::string_view tag) {
    if (tag.starts_with('/')) tag.remove_prefix(1);
    std::string name;
    for (const char c : tag) {
        if (!is_letter_or_digit(c)) break;
        name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return name;
}

/// Of what stands between `&` and `;`; nothing where that is no entity.
std::optional<std::string> resolved(std::string_view entity) {
    for (const auto& [name, value] : entities) {
        if (name == entity) return std::string(value);
    }
    if (!entity.starts_with('#')) return std::nullopt;
    entity.remove_prefix(1);
    const bool hexadecimal = entity.starts_with('x') || entity.starts_with('X');
    if (hexadecimal) entity.remove_prefix(1);
    unsigned code = 0;
    const auto [end, error] =
        std::from_chars(entity.data(), entity.data() + entity.size(), code, hexadecimal ? 16 : 10);
    const bool sound = error == std::errc{} && end == entity.data() + entity.size() && code > 0 &&
                       code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    if (!sound) return std::nullopt;
    std::string value;
    append_utf8(value, code);
    return value;
}

/// Gathers what is seen; blanks and line ends only between words.
class SeenText {
public:
    void append(char c) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            blank_ = true;
            return;
        }
        if (!text_.empty()) text_ += line_ ? "\n" : blank_ ? " " : "";
        blank_ = line_ = false;
        text_ += c;
    }
    void end_line() { line_ = true; }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
    bool blank_ = false;
    bool line_ = false;
};

}  // namespace

std::string text_of_html(std::string_view html) {
    SeenText seen;
    std::string hidden_in;  // the tag that must end before anything is seen
    while (!html.empty()) {
        if (!hidden_in.empty() && !html.starts_with("</")) {  // in a script, `<` begins no tag
            html.remove_prefix(std::min(html.find("</", 1), html.size()));
        } else if (html.starts_with("<!--")) {
            const auto end = html.find("-->", 4);
            html.remove_prefix(end == std::string_view::npos ? html.size() : end + 3);
        } else if (html.front() == '<' && html.size() > 1 &&
                   (is_letter(html[1]) || html[1] == '/' || html[1] == '!')) {
            const auto end = html.find('>');
            const std::string_view tag = html.substr(1, end == std::string_view::npos ? end : end - 1);
            const std::string name = tag_name(tag);
            const bool closes = tag.starts_with('/');
            if (hidden_in.empty() && !closes && contains(unseen, name))
                hidden_in = name;
            else if (closes && name == hidden_in)
                hidden_in.clear();
            if (contains(blocks, name)) seen.end_line();
            html.remove_prefix(end == std::string_view::npos ? html.size() : end + 1);
        } else {
            const auto semicolon =
                html.front() == '&' ? html.substr(0, entity_max).find(';') : std::string_view::npos;
            const auto value =
                semicolon == std::string_view::npos ? std::nullopt : resolved(html.substr(1, semicolon - 1));
            const std::string_view shown = value ? std::string_view(*value) : html.substr(0, 1);
            if (hidden_in.empty()) {
                for (const char c : shown) seen.append(c);
            }
            html.remove_prefix(value ? semicolon + 1 : 1);
        }
    }
    return seen.take();
}

}  // namespace postrider::email
