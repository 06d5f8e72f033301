#include "lib/text/phone_number.h"

#include "tests/fuzz/fuzz_target.h"

#include <algorithm>

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(phone_number) {
    static constexpr std::string_view regions[] = {"US", "DE", "BR", "IN"};
    if (bytes.empty()) return;
    const std::string_view region = regions[static_cast<unsigned char>(bytes[0]) % 4];
    bytes.remove_prefix(1);
    if (const auto number = e164(bytes, region)) {
        must_hold(number->size() >= 2 && number->front() == '+', "it begins with a plus");
        must_hold(
            std::all_of(number->begin() + 1, number->end(), [](char c) { return c >= '0' && c <= '9'; }),
            "and goes on with digits only");
        must_hold(e164(*number, region) == number, "the form of a form is itself");
    }
    const std::string plain = without_spelling(bytes, region);
    must_hold(without_spelling(plain, region) == plain, "without spelling is without spelling");
    is_phone_region(bytes);
}

}  // namespace
}  // namespace postrider::testing
