#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postrider {

/// The alphabets of text messages (3GPP TS 23.038). A message is in one of them as a whole.
enum class SmsEncoding : std::uint8_t { gsm_7, ucs_2 };

/// `GSM-7` or `UCS-2`.
std::string_view name_of(SmsEncoding encoding);

/// What a text comes to as a text message: what it is charged by.
struct SegmentCount {
    SmsEncoding encoding;
    std::size_t units;     ///< septets of GSM-7 or code units of UTF-16
    std::size_t segments;  ///< at least 1
};

/// GSM-7 where each character has a place in its basic or extension table (without the tables of single
/// languages), else UCS-2. A character of two units never straddles two segments. Each byte that is not
/// UTF-8 counts as the U+FFFD that it would arrive as.
SegmentCount count_segments(std::string_view utf8);

}  // namespace postrider
