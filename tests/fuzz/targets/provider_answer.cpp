#include "lib/text/utf8.h"
#include "tests/fuzz/fuzz_target.h"
#include "transports/azure/answer.h"
#include "transports/twilio/answer.h"
#include "transports/twilio/records.h"
#include "transports/webhook/answer.h"

#include <charconv>
#include <stdexcept>

namespace postrider::testing {
namespace {

/// A status, and a body.
POSTRIDER_FUZZ(provider_answer) {
    HttpResult result;
    result.exchange = Exchange::answered;
    result.answer.status = 201;
    const std::string_view status = take_line(bytes);
    std::from_chars(status.data(), status.data() + status.size(), result.answer.status);
    result.answer.headers = {{"content-type", "application/json"}};
    result.answer.body = bytes;

    const bool accepted = result.answer.status >= 200 && result.answer.status < 300;
    const Outcome outcomes[] = {twilio::read_answer(result, TimePoint{}),
                                azure::read_answer(result, 1, TimePoint{}),
                                webhook::read_answer(result, "msg_1", TimePoint{})};
    for (const Outcome& outcome : outcomes) {
        must_hold(accepted || outcome.verdict != Verdict::sent, "no refusal passes for acceptance");
        must_hold(is_utf8(outcome.reason), "reasons are text");
        // Of a text of ours no provider's answer makes a reason: it might name the recipient.
        must_hold(outcome.reason.size() < 400, "and short");
    }
    // What was accepted, and says so in a manner that cannot be read, is never made again.
    if (accepted)
        must_hold(outcomes[0].verdict == Verdict::sent || outcomes[0].verdict == Verdict::in_doubt,
                  "what may have been accepted is sent, or in doubt");

    twilio::Settings settings;
    settings.account_sid = "AC00000000000000000000000000000001";
    settings.from = "+13125550100";
    RecordQuery query;
    query.destination = Address("+13125550123");
    query.to = TimePoint{std::chrono::hours{24 * 365 * 60}};
    try {
        twilio::read_page(result, query, settings);
    } catch (const std::runtime_error& error) {
        must_hold(is_utf8(error.what()), "what cannot be understood is said in words");
    }
}

}  // namespace
}  // namespace postrider::testing
