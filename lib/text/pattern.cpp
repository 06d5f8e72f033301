#include "lib/text/pattern.h"

#include <re2/re2.h>

#include <algorithm>

namespace postrider {

namespace {

RE2::Options options() {
    RE2::Options options;
    options.set_log_errors(false);  // they would go to standard error, with the text
    options.set_never_capture(true);
    return options;
}

/// RE2's own words for most of these are shorter than clear.
const char* meaning(RE2::ErrorCode code) {
    switch (code) {
        case RE2::ErrorBadEscape: return "an unknown escape (a \\ before what needs none?)";
        case RE2::ErrorBadCharClass: return "an unknown class of characters";
        case RE2::ErrorBadCharRange: return "a range of characters that runs backwards";
        case RE2::ErrorMissingBracket: return "a [ without its ]";
        case RE2::ErrorMissingParen: return "a ( without its )";
        case RE2::ErrorUnexpectedParen: return "a ) without its (";
        case RE2::ErrorTrailingBackslash: return "a \\ at the end";
        case RE2::ErrorRepeatArgument: return "a repetition (*, +, ?) of nothing";
        case RE2::ErrorRepeatSize: return "a repetition of too many, or from more to fewer";
        case RE2::ErrorRepeatOp: return "a repetition of a repetition";
        case RE2::ErrorBadPerlOp: return "a (?…) that is not known; there is no looking ahead or behind";
        case RE2::ErrorBadUTF8: return "what is not UTF-8";
        case RE2::ErrorBadNamedCapture: return "a name of a group that is none, or twice there";
        case RE2::ErrorPatternTooLarge: return "more than can be compiled: it is too large";
        default: return "what cannot be compiled";
    }
}

/// ", at character 3", where RE2 names what it stumbled over and that is not simply all.
std::string place(const std::string& text, const std::string& fragment) {
    const auto at = text.find(fragment);
    if (fragment.empty() || fragment == text || at == std::string::npos) return "";
    const auto characters = 1 + std::count_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at),
                                              [](char c) { return (c & 0xC0) != 0x80; });
    return ", at character " + std::to_string(characters);
}

}  // namespace

Pattern::Pattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}

boost::system::result<Pattern, Pattern::Fault> Pattern::compile(const std::string& text) {
    auto compiled = std::make_shared<const RE2>(text, options());
    if (compiled->ok()) return Pattern(std::move(compiled));
    return Fault{std::string(meaning(compiled->error_code())) + place(text, compiled->error_arg())};
}

bool Pattern::found_in(std::string_view text) const {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace postrider
