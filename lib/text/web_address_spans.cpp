#include "lib/text/web_address_spans.h"

#include <unicode/uchar.h>

#include <algorithm>

namespace postrider {

namespace {

using Offset = std::size_t;

/// From here on come the scripts that write sentences without spaces: their letters end an address.
constexpr char16_t first_east_asian = 0x2E80;

bool is_ascii_letter(char16_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// RFC 3986 § 3.1
bool is_of_scheme(char16_t c) {
    return is_ascii_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/// Where in letters that might all be a scheme it begins: who writes `herehttps://…` means `https`.
Offset scheme_begin(std::u16string_view letters) {
    for (const std::u16string_view known : {u"https", u"http"}) {
        if (letters.size() < known.size()) continue;
        const Offset begin = letters.size() - known.size();
        const bool same = std::equal(known.begin(), known.end(), letters.begin() + begin,
                                     [](char16_t a, char16_t b) { return a == (b | 0x20); });
        if (same) return begin;
    }
    const auto first = std::find_if(letters.begin(), letters.end(), is_ascii_letter);
    return static_cast<Offset>(first - letters.begin());
}

bool is_of_address(char16_t c) {
    if (c < 0x80) return c > ' ' && c != 0x7F && c != '<' && c != '>' && c != '"';
    return c < first_east_asian && u_isalnum(c) != 0;
}

bool is_end_punctuation(char16_t c) {
    return std::u16string_view(u".,;:!?)]}'").find(c) != std::u16string_view::npos;
}

/// Up to the next white space. Asked for ever later offsets, it reads the text once.
class Runs {
public:
    explicit Runs(std::u16string_view text) : text_(text) {}

    Offset end(Offset offset) {
        if (offset < end_) return end_;
        last_east_asian_ = 0;
        for (end_ = offset; end_ < text_.size() && u_isUWhiteSpace(text_[end_]) == 0; ++end_) {
            if (text_[end_] >= first_east_asian) last_east_asian_ = end_;
        }
        return end_;
    }
    bool is_plain_from(Offset offset) const { return last_east_asian_ <= offset; }

private:
    std::u16string_view text_;
    Offset end_ = 0;
    Offset last_east_asian_ = 0;
};

}  // namespace

std::vector<std::pair<std::size_t, std::size_t>> web_address_spans(std::u16string_view text,
                                                                   std::size_t units_max) {
    std::vector<std::pair<Offset, Offset>> spans;
    Runs runs(text);
    Offset done = 0;
    for (Offset mark = text.find(u"://"); mark != text.npos; mark = text.find(u"://", done)) {
        Offset begin = mark;
        while (begin > done && is_of_scheme(text[begin - 1])) --begin;
        begin += scheme_begin(text.substr(begin, mark - begin));
        Offset end = mark + 3;
        while (end < text.size() && is_of_address(text[end])) ++end;
        done = end;
        if (begin == mark) continue;
        const Offset run_end = runs.end(begin);
        if (run_end - begin <= units_max && runs.is_plain_from(begin)) {
            end = run_end;
            done = run_end;
        } else {
            while (end > mark + 3 && is_end_punctuation(text[end - 1])) --end;
        }
        if (end - begin <= units_max) spans.emplace_back(begin, end);
    }
    return spans;
}

}  // namespace postrider
