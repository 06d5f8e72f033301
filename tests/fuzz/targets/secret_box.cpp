#include "lib/crypto/secret_box.h"

#include "lib/text/utf8.h"
#include "tests/fuzz/fuzz_target.h"

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(secret_box) {
    static const SecretBox box(Secret(std::string(32, 'k')));
    box.open(bytes);
    box.open("secret:" + std::string(bytes));
    const std::string sealed = box.seal(bytes, std::string(24, 'n'));
    must_hold(SecretBox::is_sealed(sealed), "what was sealed says so");
    const auto opened = box.open(sealed);
    must_hold(opened.has_value() == is_utf8(bytes), "text that was sealed opens");
    if (!opened) return;
    must_hold(*opened == bytes, "as what it was");
    std::string damaged = sealed;
    char& one = damaged[7 + (bytes.size() % (damaged.size() - 9))];
    one = one == 'A' ? 'B' : 'A';
    must_hold(!box.open(damaged), "one letter off, and it stays shut");
}

}  // namespace
}  // namespace postrider::testing
