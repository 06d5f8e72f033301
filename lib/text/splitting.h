#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// The parts in which a text goes to a provider that takes at most `units_max` UTF-16 code units at once:
/// in order, none longer, at least one.
///
/// A text that fits is the only part, byte for byte. Of another, line ends become LF; nothing is lost but
/// white space at the ends of parts, and no part is blank unless the whole text is (then it is cut to
/// size). Cuts are made, in this order of preference, between paragraphs, lines, sentences, words and
/// characters as readers see them (extended grapheme clusters), a lower kind only in what does not fit
/// into one part by a higher; inside a web address, or a character, only where it alone does not fit. Of
/// the ways with the fewest parts that this leaves, one with parts of about equal length.
///
/// The same text always comes apart in the same way. Time and memory are in proportion to the text.
/// Throws std::invalid_argument for what is not UTF-8, and for `units_max` below 2: no room for every
/// code point.
std::vector<std::string> split_text(std::string_view utf8, std::size_t units_max);

}  // namespace postrider
