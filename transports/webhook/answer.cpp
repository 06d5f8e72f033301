#include "transports/webhook/answer.h"

#include "lib/net/retry_after.h"
#include "lib/net/unanswered.h"

#include <fmt/format.h>

namespace postrider::webhook {

namespace {

struct Judgement {
    Verdict verdict;
    const char* meaning;
};

/// Any failure is worth another try, says Standard Webhooks, but for 410. What only a change of the settings
/// or of the receiver can mend holds the channel: its messages wait for that, instead of being tried for days.
Judgement judge(int status) {
    switch (status) {
        case 401:
        case 403: return {Verdict::misconfigured, "the receiver does not know us"};
        case 404:
        case 405: return {Verdict::misconfigured, "nobody receives at the url"};
        case 410: return {Verdict::misconfigured, "the receiver is gone for good"};
        case 408:
        case 425: return {Verdict::deferred, "the receiver did not process it"};
        case 429: return {Verdict::throttled, "the receiver asks for less"};
        default: break;
    }
    // A redirect may lead anywhere, and the body is somebody's message.
    if (status >= 300 && status < 400) return {Verdict::misconfigured, "the url is redirected"};
    if (status >= 400 && status < 500) return {Verdict::deferred, "the receiver refused it"};
    // It may have been processed; the receiver knows it by its id when it comes again.
    return {Verdict::in_doubt, "the receiver failed"};
}

}  // namespace

Outcome read_answer(const HttpResult& result, const std::string& id, TimePoint now) {
    if (result.address_refused)
        return Outcome::failed(Verdict::misconfigured,
                               "the url leads to an address that is not public (see allow_private)");
    if (result.exchange != Exchange::answered) return unanswered(result);
    const int status = result.answer.status;
    if (status / 100 == 2) {
        boost::json::object metadata;
        metadata["webhook_id"] = id;
        return Outcome::sent(id, std::move(metadata));
    }
    const Judgement judgement = judge(status);
    Outcome outcome =
        Outcome::failed(judgement.verdict, fmt::format("{}, status {}", judgement.meaning, status));
    outcome.retry_after = retry_after(result.answer, now);
    return outcome;
}

}  // namespace postrider::webhook
