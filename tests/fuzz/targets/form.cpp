#include "lib/net/form.h"

#include "tests/fuzz/fuzz_target.h"

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(form) {
    const FormFields fields = parse_form(bytes);
    std::string again;
    for (const auto& [name, value] : fields) append_form_field(again, name, value);
    must_hold(parse_form(again) == fields, "what was read is written, and read as the same");
    for (const auto& [name, value] : fields)
        must_hold(find_field(fields, name).has_value(), "each field is found");
}

}  // namespace
}  // namespace postrider::testing
