#include "lib/inbound/opt_out.h"

#include "lib/text/utf8.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace postrider {

namespace {

constexpr std::size_t words_max = 40;  // nobody needs more to say stop

constexpr std::array<std::string_view, 8> stop_words{"stop",    "unsubscribe", "end",    "quit",
                                                     "stopall", "revoke",      "optout", "cancel"};
constexpr std::array<std::string_view, 3> start_words{"start", "yes", "unstop"};

/// What may stand beside them and says nothing of its own.
constexpr std::array<std::string_view, 27> courtesies{
    "please", "pls", "plz",     "thank", "thanks",      "thx",     "ty",        "you",      "u",
    "now",    "me",  "texting", "text",  "texts",       "message", "messaging", "messages", "these",
    "the",    "all", "sending", "this",  "immediately", "ok",      "okay",      "sms",      "sincerely"};

template <std::size_t size>
bool contains(const std::array<std::string_view, size>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// In small letters, without punctuation; what is not ASCII and no typography is a word of its own, so
/// that nothing unknown is overlooked. An apostrophe joins ("don't" is one word). Of a longer text those that
/// show that it is one.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    bool open = false;
    const auto append = [&](char c) {
        if (!open) words.emplace_back();
        open = true;
        words.back() += c;
    };
    while (!text.empty() && words.size() <= words_max) {
        const char32_t c = take_code_point(text);
        if ((c >= U'a' && c <= U'z') || (c >= U'0' && c <= U'9')) {
            append(static_cast<char>(c));
        } else if (c >= U'A' && c <= U'Z') {
            append(static_cast<char>(c - U'A' + U'a'));
        } else if (c == U'\'' || c == 0x2019) {
            append('\'');
        } else if (c < 0x80 || (c >= 0x2000 && c <= 0x206F) || c == 0xA0 || c >= 0x1F000 ||
                   (c >= 0x2600 && c <= 0x27BF) || c == 0xFE0F) {
            open = false;  // blanks, punctuation, dashes, hearts
        } else {
            append('?');
        }
    }
    return words;
}

/// "opt out" and "stop all" are written in two words, too.
void join_pairs(std::vector<std::string>& words) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] != "opt" || words[i + 1] != "out") continue;
        words[i] = "optout";
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
}

}  // namespace

OptOut read_opt_out(std::string_view text) {
    std::vector<std::string> words = words_of(text);
    if (words.size() > words_max) return OptOut::none;
    join_pairs(words);
    OptOut found = OptOut::none;
    for (const std::string& word : words) {
        const OptOut said = contains(stop_words, word)    ? OptOut::stop
                            : contains(start_words, word) ? OptOut::start
                                                          : OptOut::none;
        if (said == OptOut::none && !contains(courtesies, word)) return OptOut::none;
        if (said == OptOut::none) continue;
        if (found != OptOut::none && found != said) return OptOut::none;  // "yes stop": who knows
        found = said;
    }
    return found;
}

}  // namespace postrider
