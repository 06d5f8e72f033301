#include "lib/text/segments.h"

#include "lib/text/utf8.h"

#include <array>

namespace postrider {

namespace {

/// How much goes into a message of one segment, and into each of several: these carry a header.
struct Capacity {
    std::size_t alone;
    std::size_t each;
};

constexpr Capacity capacity_of(SmsEncoding encoding) {
    return encoding == SmsEncoding::gsm_7 ? Capacity{160, 153} : Capacity{70, 67};
}

constexpr std::uint8_t look_up_septets(char32_t c) {
    constexpr std::u32string_view basic =
        U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
        U"ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    constexpr std::u32string_view extension = U"^{}\\[~]|€\f";
    if (basic.find(c) != std::u32string_view::npos) return 1;
    return extension.find(c) != std::u32string_view::npos ? 2 : 0;
}

/// Most of what is sent is ASCII, and each text is counted.
constexpr auto septets_of_ascii = [] {
    std::array<std::uint8_t, 128> septets{};
    for (std::size_t c = 0; c < septets.size(); ++c) septets[c] = look_up_septets(static_cast<char32_t>(c));
    return septets;
}();

/// What a character costs in GSM-7; 0 if it has no place there.
std::size_t septets_of(char32_t c) {
    return c < septets_of_ascii.size() ? septets_of_ascii[c] : look_up_septets(c);
}

std::size_t units_of(char32_t c, SmsEncoding encoding) {
    if (encoding == SmsEncoding::gsm_7) return septets_of(c);
    return c > 0xFFFF ? 2 : 1;
}

SmsEncoding encoding_of(std::string_view utf8) {
    while (!utf8.empty()) {
        if (septets_of(take_code_point(utf8)) == 0) return SmsEncoding::ucs_2;
    }
    return SmsEncoding::gsm_7;
}

}  // namespace

std::string_view name_of(SmsEncoding encoding) { return encoding == SmsEncoding::gsm_7 ? "GSM-7" : "UCS-2"; }

SegmentCount count_segments(std::string_view utf8) {
    SegmentCount count{encoding_of(utf8), 0, 1};
    const Capacity capacity = capacity_of(count.encoding);
    std::size_t in_last = 0;
    while (!utf8.empty()) {
        const std::size_t units = units_of(take_code_point(utf8), count.encoding);
        count.units += units;
        if (in_last + units > capacity.each) {
            ++count.segments;
            in_last = 0;
        }
        in_last += units;
    }
    if (count.units <= capacity.alone) count.segments = 1;
    return count;
}

}  // namespace postrider
