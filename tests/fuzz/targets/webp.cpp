#include "lib/media/webp_image.h"
#include "tests/fuzz/fuzz_target.h"

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(webp) {
    // An image of any size that its header claims would take seconds of the fuzzer's time.
    if (bytes.size() > 1 << 14) return;
    const auto png = png_from_webp(bytes, 1 << 16);
    if (png) must_hold(png->size() <= 1 << 16 && png->starts_with("\x89PNG"), "it is a PNG that fits");
}

}  // namespace
}  // namespace postrider::testing
