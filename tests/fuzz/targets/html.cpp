#include "lib/text/utf8.h"
#include "tests/fuzz/fuzz_target.h"
#include "transports/email/html_text.h"

#include <string>

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(html) {
    const std::string text = email::text_of_html(bytes);
    must_hold(!is_utf8(bytes) || is_utf8(text), "text stays text");
    must_hold(text.size() <= 2 * bytes.size() + 16, "a short page has no long text");
}

}  // namespace
}  // namespace postrider::testing
