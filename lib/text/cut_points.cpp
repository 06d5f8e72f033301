#include "lib/text/cut_points.h"

#include "lib/text/web_address_spans.h"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

namespace postrider {

namespace {

using Offset = std::size_t;

bool is_white(UChar32 c) { return u_isUWhiteSpace(c) != 0; }

/// White space that keeps apart what may not be torn apart: `10 mg`.
bool is_no_break(UChar32 c) { return c == 0x00A0 || c == 0x2007 || c == 0x202F; }

/// One Chinese or Japanese sentence follows another without a space between.
bool is_full_width_stop(UChar32 c) { return c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF61; }

/// A stop in any script, and the ellipsis, which is none to Unicode.
bool is_stop(UChar32 c) { return c == 0x2026 || u_hasBinaryProperty(c, UCHAR_S_TERM) != 0; }

bool is_closing(UChar32 c) {
    const auto type = u_charType(c);
    return c == '"' || c == '\'' || type == U_END_PUNCTUATION || type == U_FINAL_PUNCTUATION;
}

bool is_quote(UChar32 c) { return u_charType(c) == U_INITIAL_PUNCTUATION; }

class Finder {
public:
    Finder(std::u16string_view text, std::size_t units_max) : text_(text), units_max_(units_max) {
        found_.before.assign(text.size(), Cut::none);
        found_.white.assign(text.size(), false);
    }

    CutPoints run() {
        cut_between_characters();
        prefer_better_places();
        keep_whole_addresses();
        return std::move(found_);
    }

private:
    UChar32 at(Offset i) const {
        UChar32 c = 0;
        U16_GET(text_.data(), 0, i, text_.size(), c);
        return c;
    }
    /// The code point that ends before `end`, which becomes its begin.
    UChar32 previous(Offset& end) const {
        UChar32 c = 0;
        U16_PREV(text_.data(), 0, end, c);
        return c;
    }

    void cut_between_characters() {
        UErrorCode status = U_ZERO_ERROR;
        const std::unique_ptr<icu::BreakIterator> characters(
            icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
        if (U_FAILURE(status)) throw std::runtime_error("ICU cannot tell characters apart");
        // An alias: the text is not copied, and outlives the iterator.
        const icu::UnicodeString alias(false, text_.data(), static_cast<int32_t>(text_.size()));
        characters->setText(alias);
        auto begin = static_cast<Offset>(characters->first());
        for (int32_t end = characters->next(); end != icu::BreakIterator::DONE; end = characters->next()) {
            add_character(begin, static_cast<Offset>(end));
            begin = static_cast<Offset>(end);
        }
    }

    void add_character(Offset begin, Offset end) {
        if (end - begin > units_max_) {  // no other way than between its code points
            while (begin < end) {
                Offset next = begin;
                U16_FWD_1(text_.data(), next, end);
                add_piece(begin, next);
                begin = next;
            }
        } else {
            add_piece(begin, end);
        }
    }

    void add_piece(Offset begin, Offset end) {
        const bool white = is_white(at(begin)) && end - begin == 1;  // all white space is one unit long
        found_.white[begin] = white;
        if (!white) found_.before[begin] = Cut::character;
    }

    void prefer_better_places() {
        Offset white_begin = 0;  // of the white space that ends before i
        for (Offset i = 0; i < text_.size(); ++i) {
            if (found_.white[i]) continue;
            if (found_.before[i] != Cut::none && i > 0) {
                found_.before[i] = white_begin < i ? after_white(white_begin, i) : after_character(i);
            }
            white_begin = i + 1;
        }
    }

    Cut after_white(Offset begin, Offset end) const {
        int line_ends = 0;
        bool breakable = false;
        for (Offset i = begin; i < end; ++i) {
            const char16_t c = text_[i];
            if (c == '\n' || c == '\v' || c == '\f' || c == 0x85 || c == 0x2028) ++line_ends;
            if (c == 0x2029) line_ends += 2;
            breakable = breakable || !is_no_break(c);
        }
        if (line_ends > 0) return line_ends > 1 ? Cut::paragraph : Cut::line;
        if (!breakable) return Cut::character;
        return ends_sentence(begin, end) ? Cut::sentence : Cut::word;
    }

    Cut after_character(Offset begin) const {
        if (is_closing(at(begin)) || is_stop(at(begin))) return Cut::character;
        Offset end = begin;
        UChar32 c = previous(end);
        while (end > 0 && is_closing(c)) c = previous(end);
        return is_full_width_stop(c) ? Cut::sentence : Cut::character;
    }

    /// Whether what ends before `end` is a sentence, that at `next` being what follows.
    bool ends_sentence(Offset end, Offset next) const {
        if (end == 0) return false;
        UChar32 c = previous(end);
        while (end > 0 && (is_closing(c) || is_quote(c))) c = previous(end);
        if (!is_stop(c)) return false;
        if (c != '.' && c != 0x2026) return true;
        return !u_islower(at(next)) && !(c == '.' && ends_abbreviation(end));
    }

    /// Whether the stop at `stop` belongs to the word before it: `Dr.`, `e.g.`, `J.`
    bool ends_abbreviation(Offset stop) const {
        static constexpr std::array<std::u16string_view, 14> known{u"mr", u"mrs",    u"ms",  u"dr",  u"prof",
                                                                   u"st", u"sr",     u"jr",  u"rev", u"vs",
                                                                   u"cf", u"approx", u"bzw", u"nr"};
        constexpr Offset looked_at_max = 8;
        std::u16string word;
        Offset begin = stop;
        while (begin > 0 && word.size() <= looked_at_max) {
            const char16_t c = text_[begin - 1];
            if (c == '.') return word.size() <= 2;  // `e.g`, `U.S`, but no `example.org`
            if (!u_isalpha(c)) break;
            word.insert(word.begin(), static_cast<char16_t>(u_tolower(c)));
            --begin;
        }
        return word.size() == 1 || std::find(known.begin(), known.end(), word) != known.end();
    }

    void keep_whole_addresses() {
        for (auto [begin, end] : web_address_spans(text_, units_max_)) {
            // Whole with the characters at its ends: a combining mark may stand there.
            while (begin > 0 && found_.before[begin] == Cut::none) --begin;
            while (end < text_.size() && !found_.white[end] && found_.before[end] == Cut::none) ++end;
            if (end - begin > units_max_) continue;
            for (Offset i = begin + 1; i < end; ++i) found_.before[i] = Cut::none;
        }
    }

    const std::u16string_view text_;
    const std::size_t units_max_;
    CutPoints found_;
};

}  // namespace

CutPoints find_cut_points(std::u16string_view text, std::size_t units_max) {
    return Finder(text, units_max).run();
}

}  // namespace postrider
