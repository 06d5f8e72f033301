#pragma once

#include <string_view>

namespace postrider {

/// What a text says of being written to.
enum class OptOut {
    none,
    stop,   ///< no more
    start,  ///< again
};

/// As people write it: one of the words that carriers know (STOP, UNSUBSCRIBE, END, QUIT, STOPALL, REVOKE,
/// OPTOUT, CANCEL; START, YES, UNSTOP), in any letter case, with whatever courtesy and punctuation around
/// it: "Stop. Thank you", "PLEASE STOP!!", "stop texting me". A text that says anything else besides
/// ("don't stop", "cancel my visit", "stop by at 9?") is none: it is for people to read.
/// The words are those of the CTIA's messaging principles. Total for any bytes.
OptOut read_opt_out(std::string_view text);

}  // namespace postrider
