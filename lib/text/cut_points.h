#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace postrider {

/// What ends where a text may be cut: the lower, the better a place.
enum class Cut : std::uint8_t { paragraph, line, sentence, word, character, none };

/// Where a UTF-16 text may be cut, by offset in code units.
struct CutPoints {
    /// For each code unit, how good a place before it is. Only before what is not white space: a part
    /// begins there, and the white space before it ends none.
    std::vector<Cut> before;
    /// For each code unit, whether it is of white space that may be dropped where a text is cut.
    std::vector<bool> white;
};

/// Where well-formed `text`, its line ends being LF, may be cut so that parts of at most `units_max` code
/// units are possible: what fits into one part and must stay whole (a character as a reader sees it, a web
/// address) has no place to cut in it.
CutPoints find_cut_points(std::u16string_view text, std::size_t units_max);

}  // namespace postrider
