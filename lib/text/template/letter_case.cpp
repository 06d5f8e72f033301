#include "lib/text/template/letter_case.h"

#include "lib/text/utf8.h"

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace postrider::templates {

namespace {

icu::UnicodeString to_icu(std::string_view utf8) {
    return icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<int32_t>(utf8.size())));
}

std::string from_icu(const icu::UnicodeString& text) {
    std::string utf8;
    text.toUTF8String(utf8);
    return utf8;
}

std::string_view take_first(std::string_view& utf8) {
    std::string_view rest = utf8;
    take_code_point(rest);
    const std::string_view first = utf8.substr(0, utf8.size() - rest.size());
    utf8 = rest;
    return first;
}

bool is_cased(std::string_view character) {
    const char32_t c = take_code_point(character);
    return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_CASED) != 0;
}

/// How many bytes of `utf8`, before which `previous` stands, are characters that follow a letter with a case.
std::size_t leading_after_cased(std::string_view previous, std::string_view utf8) {
    std::string_view rest = utf8;
    while (!rest.empty() && is_cased(previous)) previous = take_first(rest);
    return utf8.size() - rest.size();
}

}  // namespace

std::string to_upper(std::string_view utf8) { return from_icu(to_icu(utf8).toUpper(icu::Locale::getRoot())); }

std::string to_lower(std::string_view utf8) { return from_icu(to_icu(utf8).toLower(icu::Locale::getRoot())); }

std::string to_title(std::string_view utf8) {
    std::string titled;
    while (!utf8.empty()) {
        const std::string_view first = take_first(utf8);
        const std::string_view rest = utf8.substr(0, leading_after_cased(first, utf8));
        titled += from_icu(to_icu(first).toTitle(nullptr, icu::Locale::getRoot()));
        // As a whole: whether a sigma is a final one depends on what stands before it.
        const std::string lower = to_lower(std::string(first) + std::string(rest));
        titled += lower.substr(to_lower(first).size());
        utf8.remove_prefix(rest.size());
    }
    return titled;
}

}  // namespace postrider::templates
