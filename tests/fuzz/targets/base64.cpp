#include "lib/crypto/base64.h"

#include "tests/fuzz/fuzz_target.h"

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(base64) {
    must_hold(from_base64(to_base64(bytes)) == bytes, "there and back");
    if (const auto read = from_base64(bytes))
        must_hold(to_base64(*read) == bytes, "there is one way to write it");
}

}  // namespace
}  // namespace postrider::testing
