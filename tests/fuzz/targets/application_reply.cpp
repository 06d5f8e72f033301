#include "lib/inbound/application_reply.h"

#include "tests/fuzz/fuzz_target.h"

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(application_reply) {
    const ApplicationReply reply = read_application_reply(bytes);
    must_hold(reply.texts.size() <= 10, "at most ten");
    must_hold(reply.texts.empty() || reply.fault.empty(), "what has a fault says nothing");
    for (const std::string& text : reply.texts)
        must_hold(!text.empty() && text.find('\0') == std::string::npos, "each can be stored");
}

}  // namespace
}  // namespace postrider::testing
