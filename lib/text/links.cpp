#include "lib/text/links.h"

#include <algorithm>
#include <functional>

namespace postrider {

namespace {

constexpr std::string_view white_space = " \t\r\n\f\v";
constexpr std::string_view punctuation = ".,;:!?)]}'\"";

bool begins_with(std::string_view word, std::string_view scheme) {
    return word.size() > scheme.size() &&
           std::equal(scheme.begin(), scheme.end(), word.begin(), [](char a, char b) {
               return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
           });
}

/// The link that a word is; empty if it is none.
std::string_view link_in(std::string_view word) {
    if (!begins_with(word, "http://") && !begins_with(word, "https://")) return {};
    const auto last = word.find_last_not_of(punctuation);
    return last == std::string_view::npos ? word : word.substr(0, last + 1);
}

/// Calls `each` with what stands between white space, one by one, and where it begins.
void for_each_word(std::string_view text, const std::function<void(std::string_view, std::size_t)>& each) {
    for (std::size_t begin = text.find_first_not_of(white_space); begin != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(white_space, begin), text.size());
        each(text.substr(begin, end - begin), begin);
        begin = text.find_first_not_of(white_space, end);
    }
}

}  // namespace

std::vector<std::string> find_links(std::string_view text) {
    std::vector<std::string> links;
    for_each_word(text, [&](std::string_view word, std::size_t) {
        const std::string_view link = link_in(word);
        if (!link.empty() && std::find(links.begin(), links.end(), link) == links.end())
            links.emplace_back(link);
    });
    return links;
}

std::string replace_links(std::string_view text, const std::map<std::string, std::string>& short_of) {
    std::string result;
    std::size_t copied = 0;
    for_each_word(text, [&](std::string_view word, std::size_t begin) {
        const std::string_view link = link_in(word);
        const auto found = link.empty() ? short_of.end() : short_of.find(std::string(link));
        if (found == short_of.end()) return;
        result += text.substr(copied, begin - copied);
        result += found->second;
        copied = begin + link.size();
    });
    result += text.substr(copied);
    return result;
}

}  // namespace postrider
