#include "lib/text/splitting.h"

#include "lib/text/cut_points.h"
#include "lib/text/utf8.h"

#include <unicode/unistr.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace postrider {

namespace {

using Offset = std::size_t;

constexpr std::size_t bytes_max = std::numeric_limits<int32_t>::max();  // ICU's own limit

/// As UTF-16, with CRLF and CR as LF.
std::u16string normalised(std::string_view utf8) {
    const auto wide =
        icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<int32_t>(utf8.size())));
    std::u16string text;
    text.reserve(static_cast<std::size_t>(wide.length()));
    for (int32_t i = 0; i < wide.length(); ++i) {
        const char16_t c = wide[i];
        if (c == '\n' && i > 0 && wide[i - 1] == '\r') continue;
        text += c == '\r' ? u'\n' : c;
    }
    return text;
}

std::string to_utf8(std::u16string_view text) {
    std::string utf8;
    const icu::UnicodeString alias(false, text.data(), static_cast<int32_t>(text.size()));
    alias.toUTF8String(utf8);
    return utf8;
}

/// What stays together: it fits into one part, and begins and ends with what is not white space.
struct Piece {
    Offset begin = 0;
    Offset end = 0;
    Cut before = Cut::none;  ///< what kind of cut divides it from the piece before
};

/// Cuts a text into pieces: paragraphs; lines of those that do not fit; and so on.
class Cutter {
public:
    Cutter(const CutPoints& cuts, std::size_t units_max) : cuts_(cuts), units_max_(units_max) {}

    std::vector<Piece> run() {
        const Offset size = cuts_.white.size();
        Offset begin = 0;
        while (begin < size && cuts_.white[begin]) ++begin;
        if (begin < size) cut(begin, size, Cut::paragraph);
        return std::move(pieces_);
    }

private:
    void cut(Offset begin, Offset end, Cut kind) {
        while (begin < end) {
            Offset next = begin + 1;
            while (next < end && cuts_.before[next] > kind) ++next;
            Offset trimmed = next;
            while (cuts_.white[trimmed - 1]) --trimmed;
            if (trimmed - begin <= units_max_) {
                pieces_.push_back({begin, trimmed, cuts_.before[begin]});
            } else {
                cut(begin, next, static_cast<Cut>(static_cast<int>(kind) + 1));
            }
            begin = next;
        }
    }

    const CutPoints& cuts_;
    const std::size_t units_max_;
    std::vector<Piece> pieces_;
};

/// Fills parts with pieces: as few as can be, of about equal length, cut at good places.
class Filler {
public:
    Filler(const std::vector<Piece>& pieces, std::size_t units_max)
        : pieces_(pieces), units_max_(units_max) {}

    /// Begin and end of each part.
    std::vector<std::pair<Offset, Offset>> run() {
        find_earliest();
        std::vector<std::pair<Offset, Offset>> parts;
        std::size_t first = 0;
        for (std::size_t left = earliest_.size(); left > 0; --left) {
            const std::size_t next = left == 1 ? pieces_.size() : choose_next(first, left);
            parts.emplace_back(pieces_[first].begin, pieces_[next - 1].end);
            first = next;
        }
        return parts;
    }

private:
    /// `earliest_[n - 1]` is the first piece from which on all fit into n parts.
    void find_earliest() {
        std::size_t first = pieces_.size();
        while (first > 0) {
            const Offset end = pieces_[first - 1].end;
            --first;
            while (first > 0 && end - pieces_[first - 1].begin <= units_max_) --first;
            earliest_.push_back(first);
        }
    }

    /// The piece with which the part after that of `first` begins, `left` parts being left for all from
    /// `first` on. A better kind of cut is worth a quarter of a part's length, a whole word more.
    std::size_t choose_next(std::size_t first, std::size_t left) const {
        const Offset begin = pieces_[first].begin;
        const Offset share = (pieces_.back().end - begin + left - 1) / left;
        std::size_t best = pieces_.size();
        std::size_t least = 0;
        for (std::size_t next = std::max(first + 1, earliest_[left - 2]); next < pieces_.size(); ++next) {
            const Offset length = pieces_[next - 1].end - begin;
            if (length > units_max_) break;
            const Cut kind = pieces_[next].before;
            const std::size_t price = kind >= Cut::character ? 8 : static_cast<std::size_t>(kind);
            const std::size_t cost = price * share + 4 * (length > share ? length - share : share - length);
            if (best == pieces_.size() || cost < least) {
                best = next;
                least = cost;
            }
        }
        return best;
    }

    const std::vector<Piece>& pieces_;
    const std::size_t units_max_;
    std::vector<std::size_t> earliest_;
};

}  // namespace

std::vector<std::string> split_text(std::string_view utf8, std::size_t units_max) {
    if (units_max < 2) throw std::invalid_argument("a part needs room for every code point");
    if (!is_utf8(utf8)) throw std::invalid_argument("the text is not UTF-8");
    if (count_utf16_units(utf8) <= units_max) return {std::string(utf8)};
    if (utf8.size() > bytes_max) throw std::invalid_argument("the text is too long to be split");
    const std::u16string text = normalised(utf8);
    const CutPoints cuts = find_cut_points(text, units_max);
    const std::vector<Piece> pieces = Cutter(cuts, units_max).run();
    if (pieces.empty()) return {to_utf8(std::u16string_view(text).substr(0, units_max))};
    auto parts = Filler(pieces, units_max).run();
    // The text's own ends are no cuts: they stay as they are where there is room.
    if (parts.front().second <= units_max) parts.front().first = 0;
    if (text.size() - parts.back().first <= units_max) parts.back().second = text.size();
    std::vector<std::string> texts;
    texts.reserve(parts.size());
    for (const auto& [begin, end] : parts) {
        texts.push_back(to_utf8(std::u16string_view(text).substr(begin, end - begin)));
    }
    return texts;
}

}  // namespace postrider
