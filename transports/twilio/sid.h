#pragma once

#include <algorithm>
#include <string_view>

namespace postrider::twilio {

/// Whether `text` is a Twilio identifier of that kind: two letters and 32 hexadecimal digits.
inline bool is_sid(std::string_view text, std::string_view prefix) {
    return text.size() == prefix.size() + 32 && text.starts_with(prefix) &&
           std::all_of(text.begin() + static_cast<std::ptrdiff_t>(prefix.size()), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
           });
}

/// Whether `text` names a message: `SM…` with text only, `MM…` with media.
inline bool is_message_sid(std::string_view text) { return is_sid(text, "SM") || is_sid(text, "MM"); }

}  // namespace postrider::twilio
