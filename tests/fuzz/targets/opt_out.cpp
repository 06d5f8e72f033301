#include "lib/inbound/opt_out.h"

#include "tests/fuzz/fuzz_target.h"

#include <string>

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(opt_out) {
    const OptOut said = read_opt_out(bytes);
    if (bytes.find("don't") != std::string_view::npos)
        must_hold(said != OptOut::stop, "who says don't does not say STOP");
    must_hold(read_opt_out(" " + std::string(bytes) + " ") == said, "blanks around it say nothing");
}

}  // namespace
}  // namespace postrider::testing
