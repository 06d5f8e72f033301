#include "lib/inbound/replies.h"

namespace postrider {

namespace {

constexpr std::string_view around = " \t\r\n.,!?;:\"'()-";

std::string keyword_of(std::string_view text) {
    const auto first = text.find_first_not_of(around);
    if (first == std::string_view::npos) return "";
    std::string word(text.substr(first, text.find_last_not_of(around) - first + 1));
    for (char& c : word) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return word;
}

}  // namespace

Replies::Replies(const std::map<std::string, std::string>& by_keyword) {
    for (const auto& [keyword, reply] : by_keyword)
        by_keyword_[keyword == "*" ? keyword : keyword_of(keyword)] = reply;
}

std::optional<std::string> Replies::to(std::string_view text, bool named_only) const {
    auto found = by_keyword_.find(keyword_of(text));
    if (found == by_keyword_.end() && !named_only) found = by_keyword_.find("*");
    if (found == by_keyword_.end()) return std::nullopt;
    return found->second;
}

}  // namespace postrider
