#include "lib/quicksilver/site_task.h"

namespace postrider {

namespace {

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

std::string text_of(const SiteTask& task) {
    std::string text = task.command + "[" + task.queue + "] ";
    bool line_ended = false;
    for (std::size_t i = 0; i < task.arguments.size(); ++i) {
        const char c = task.arguments[i];
        if (line_ended) text += ' ';
        line_ended = c == '\n' || c == '\r';
        if (!line_ended) text += c;
        if (c == '\r' && i + 1 < task.arguments.size() && task.arguments[i + 1] == '\n') ++i;
    }
    return text;
}

/// By the rules of Django's slugify, for what may stand in an address.
std::string site_slug(std::string address) {
    if (const std::size_t slashes = address.find("//"); slashes != std::string::npos)
        address.erase(0, slashes + 2);
    std::string slug;
    for (char c : address) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (c == '.' || c == ' ') c = '-';
        if (c == '-' && slug.ends_with('-')) continue;
        if (c == '-' || is_word(c)) slug += c;
    }
    const std::size_t begin = slug.find_first_not_of("-_");
    if (begin == std::string::npos) return "";
    return slug.substr(begin, slug.find_last_not_of("-_") - begin + 1);
}

}  // namespace postrider
