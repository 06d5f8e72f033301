#pragma once

#include <string>
#include <string_view>

namespace postrider {

/// `utf8` with what typography puts in place of plain characters put back: curly quotes, dashes, the
/// ellipsis, blanks of all widths, bullets, ligatures; and without characters that have no width. One of
/// these is enough to make a text message UCS-2, with less than half the room.
///
/// A character is replaced only where its substitute says the same in GSM-7. It stays where a combining
/// mark or an emoji selector follows; what has no width stays beside other scripts, where it joins or
/// parts letters, and a mark of direction wherever something is written from right to left. All else stays
/// byte for byte, also what is not UTF-8. Doing it again changes nothing.
///
/// The result may still be UCS-2, and is then no shorter (an ellipsis becomes three characters): where
/// that matters, compare by `count_segments`.
std::string replace_typographic(std::string_view utf8);

}  // namespace postrider
