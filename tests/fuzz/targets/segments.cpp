#include "lib/text/segments.h"

#include "lib/text/typography.h"
#include "lib/text/utf8.h"
#include "tests/fuzz/fuzz_target.h"

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(segments) {
    const SegmentCount count = count_segments(bytes);
    must_hold(count.segments >= 1, "there is a segment");
    must_hold(count.units <= 2 * bytes.size(), "no byte comes to more than two units");
    const std::size_t alone = count.encoding == SmsEncoding::gsm_7 ? 160 : 70;
    must_hold((count.units <= alone) == (count.segments == 1), "what fits into one is one");
    const std::string plain = replace_typographic(bytes);
    must_hold(replace_typographic(plain) == plain, "doing it again changes nothing");
    must_hold(is_utf8(plain) == is_utf8(bytes), "text stays text");
}

}  // namespace
}  // namespace postrider::testing
