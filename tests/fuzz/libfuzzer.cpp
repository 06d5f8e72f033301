// What libFuzzer calls: each of its programs has one target.
#include "tests/fuzz/fuzz_target.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    postrider::testing::fuzz_targets().front().run({reinterpret_cast<const char*>(data), size});
    return 0;
}
