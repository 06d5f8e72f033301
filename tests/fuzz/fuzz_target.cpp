#include "tests/fuzz/fuzz_target.h"

#include <stdexcept>

namespace postrider::testing {

std::vector<FuzzTarget>& fuzz_targets() {
    static std::vector<FuzzTarget> all;
    return all;
}

void must_hold(bool holds, std::string_view what) {
    if (!holds) throw std::logic_error("does not hold: " + std::string(what));
}

std::string_view take_line(std::string_view& bytes) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    return line;
}

}  // namespace postrider::testing
