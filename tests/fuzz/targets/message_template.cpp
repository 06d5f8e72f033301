#include "lib/text/json_object.h"
#include "lib/text/template/template.h"
#include "tests/fuzz/fuzz_target.h"

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(message_template) {
    // The text of a message, and behind a zero byte its metadata.
    const std::size_t end = bytes.find('\0');
    const std::string_view text = bytes.substr(0, end);
    const boost::json::object context =
        parse_json_object(end == std::string_view::npos ? "{}" : bytes.substr(end + 1));
    const auto parsed = Template::parse(text);
    if (!Template::has_marks(text) && parsed) {
        const auto rendered = parsed->render(context);
        must_hold(rendered && *rendered == text, "a text without marks is itself");
    }
    if (!parsed) return;
    RenderOptions options;
    options.limits = {.steps_max = 10'000, .output_bytes_max = 1 << 16};
    for (const bool html : {false, true}) {
        options.escape_html = html;
        const auto rendered = parsed->render(context, options);
        if (rendered) must_hold(rendered->size() <= options.limits.output_bytes_max, "limits hold");
    }
}

}  // namespace
}  // namespace postrider::testing
