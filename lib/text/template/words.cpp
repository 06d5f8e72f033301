#include "lib/text/template/words.h"

#include "lib/text/utf8.h"

#include <unicode/uchar.h>

#include <algorithm>

namespace postrider::templates {

namespace {

template <class Predicate>
std::size_t leading(std::string_view text, Predicate is_one) {
    std::string_view rest = text;
    while (!rest.empty()) {
        std::string_view next = rest;
        if (!is_one(take_code_point(next))) break;
        rest = next;
    }
    return text.size() - rest.size();
}

/// Of a word that ends at white space or a quote.
std::size_t leading_plain(std::string_view text) {
    return leading(text, [](char32_t c) { return !is_space(c) && c != '"' && c != '\''; });
}

/// Takes a tag apart.
class WordSplitter {
public:
    explicit WordSplitter(std::string_view text) : rest_(text) {}

    std::vector<std::string_view> run() {
        std::vector<std::string_view> words;
        rest_.remove_prefix(leading_space(rest_));
        while (!rest_.empty()) {
            const std::size_t length = leading_bit();
            words.push_back(rest_.substr(0, length));
            rest_.remove_prefix(length);
            rest_.remove_prefix(leading_space(rest_));
        }
        return words;
    }

private:
    /// A word in which each quote belongs to a string, or all up to the next white space.
    std::size_t leading_bit() {
        std::size_t end = leading_plain(rest_);
        while (const std::size_t string = leading_pair(rest_.substr(end))) {
            end += string;
            end += leading_plain(rest_.substr(end));
        }
        const bool is_word = end == rest_.size() || leading_space(rest_.substr(end)) > 0;
        return is_word ? end : leading(rest_, [](char32_t c) { return !is_space(c); });
    }

    /// A string, or 0. A quote that has no pair is the last that one is looked for: none after it has one
    /// either, and the time stays in proportion to the text.
    std::size_t leading_pair(std::string_view text) {
        if (text.empty() || unpaired_.find(text[0]) != std::string::npos) return 0;
        const std::size_t length = leading_string(text);
        if (length == 0 && (text[0] == '"' || text[0] == '\'')) unpaired_ += text[0];
        return length;
    }

    std::string_view rest_;
    std::string unpaired_;
};

}  // namespace

bool is_space(char32_t c) {
    return (c >= 0x1C && c <= 0x1F) || u_isUWhiteSpace(static_cast<UChar32>(c)) != 0;
}

bool is_word_character(char32_t c) { return c == '_' || u_isalnum(static_cast<UChar32>(c)) != 0; }

std::size_t leading_space(std::string_view text) { return leading(text, is_space); }

std::size_t leading_word(std::string_view text) { return leading(text, is_word_character); }

std::string_view stripped(std::string_view text) {
    text.remove_prefix(leading_space(text));
    std::size_t end = 0;
    std::string_view rest = text;
    while (!rest.empty()) {
        if (!is_space(take_code_point(rest))) end = text.size() - rest.size();
    }
    return text.substr(0, end);
}

std::vector<std::string_view> split_words(std::string_view text) { return WordSplitter(text).run(); }

std::vector<std::string_view> split_at_space(std::string_view text) {
    std::vector<std::string_view> words;
    text.remove_prefix(leading_space(text));
    while (!text.empty()) {
        const std::size_t length = leading(text, [](char32_t c) { return !is_space(c); });
        words.push_back(text.substr(0, length));
        text.remove_prefix(length);
        text.remove_prefix(leading_space(text));
    }
    return words;
}

std::size_t leading_string(std::string_view text) {
    if (text.empty() || (text[0] != '"' && text[0] != '\'')) return 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == text[0]) {
            return i + 1;
        }
    }
    return 0;
}

std::string unquoted(std::string_view string) {
    const char quote = string[0];
    std::string text;
    string = string.substr(1, string.size() - 2);
    for (std::size_t i = 0; i < string.size(); ++i) {
        const bool escape = string[i] == '\\' && i + 1 < string.size();
        if (escape && (string[i + 1] == quote || string[i + 1] == '\\')) ++i;
        text += string[i];
    }
    return text;
}

std::string quoted_name(std::string_view name) {
    constexpr std::size_t length_max = 30;
    const bool is_name = name.size() <= length_max && std::all_of(name.begin(), name.end(), [](char c) {
                             return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                         });
    return is_name ? " '" + std::string(name) + "'" : std::string();
}

std::u32string to_code_points(std::string_view utf8) {
    std::u32string code_points;
    code_points.reserve(utf8.size());
    while (!utf8.empty()) code_points += take_code_point(utf8);
    return code_points;
}

std::string to_utf8(std::u32string_view code_points) {
    std::string utf8;
    for (const char32_t c : code_points) append_utf8(utf8, c);
    return utf8;
}

}  // namespace postrider::templates
