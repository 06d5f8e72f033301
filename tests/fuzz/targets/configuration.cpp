#include "lib/config/read_config.h"
#include "tests/fuzz/fuzz_target.h"
#include "transports/transports.h"

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(configuration) {
    const std::string text(bytes);
    if (text.find("file:") != std::string::npos) return;  // of this host none is asked for
    const ConfigResult read =
        read_config(text, all_transport_kinds(), [](const std::string&) { return std::nullopt; });
    must_hold(read || !read.error().empty(), "a file that is wrong has something wrong");
}

}  // namespace
}  // namespace postrider::testing
