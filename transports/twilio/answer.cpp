#include "transports/twilio/answer.h"

#include "lib/net/retry_after.h"
#include "lib/net/unanswered.h"
#include "lib/text/json_object.h"
#include "transports/twilio/sid.h"
#include "transports/twilio/status.h"

#include <algorithm>
#include <array>

namespace postrider::twilio {

namespace {

namespace json = boost::json;

constexpr int queue_full = 21611;  // ten hours' worth of segments wait at Twilio: no use in asking soon
constexpr std::chrono::minutes queue_full_wait{5};

struct KnownCode {
    int code;
    Verdict verdict;
    const char* meaning;
};

// https://www.twilio.com/docs/api/errors, as far as the creation of a message answers with them.
constexpr std::array known_codes{
    KnownCode{20003, Verdict::misconfigured, "authentication failed"},
    KnownCode{20005, Verdict::misconfigured, "the account is not active"},
    KnownCode{20404, Verdict::misconfigured, "account or resource not found"},
    KnownCode{20429, Verdict::throttled, "too many concurrent requests"},
    KnownCode{20500, Verdict::in_doubt, "internal error at Twilio"},
    KnownCode{20503, Verdict::in_doubt, "Twilio is unavailable"},
    KnownCode{21211, Verdict::rejected, "the recipient is not a valid number"},
    KnownCode{21212, Verdict::misconfigured, "the sender is invalid"},
    // The remedy is in the account's settings, but only messages to that country wait for it: stopping
    // the channel would hold up everybody else's.
    KnownCode{21408, Verdict::rejected, "the account does not allow messages to the recipient's country"},
    KnownCode{21602, Verdict::rejected, "neither text nor media"},
    KnownCode{21603, Verdict::misconfigured, "the sender is missing"},
    KnownCode{21604, Verdict::rejected, "the recipient is missing"},
    KnownCode{21606, Verdict::misconfigured, "the sender cannot send messages or is not the account's"},
    KnownCode{21608, Verdict::rejected, "a trial account may not send to this recipient"},
    KnownCode{21610, Verdict::rejected, "the recipient has opted out"},
    KnownCode{21609, Verdict::misconfigured, "the status callback is invalid"},
    KnownCode{queue_full, Verdict::deferred, "the sender's queue at Twilio is full"},
    KnownCode{21612, Verdict::rejected, "the recipient cannot be reached from this sender"},
    KnownCode{21614, Verdict::rejected, "the recipient is not a mobile number"},
    KnownCode{21617, Verdict::rejected, "the text is too long"},
    KnownCode{21620, Verdict::rejected, "a media URL is invalid"},
    KnownCode{21623, Verdict::rejected, "too many media"},
    KnownCode{21635, Verdict::rejected, "the recipient is a landline"},
    KnownCode{21658, Verdict::rejected, "a parameter is too long"},
    KnownCode{21664, Verdict::rejected, "the fallback sender cannot be used"},
    KnownCode{21666, Verdict::rejected, "the fallback sender cannot be used"},
    KnownCode{21667, Verdict::rejected, "the fallback sender cannot be used"},
    KnownCode{21703, Verdict::misconfigured, "the messaging service has no sender"},
    KnownCode{21705, Verdict::misconfigured, "the messaging service is invalid"},
};

struct Judgement {
    Verdict verdict;
    std::string meaning;
};

/// For codes we do not know: Twilio splits codes over time, so the status decides, and for answers that
/// are not Twilio's at all (a proxy's).
Judgement by_status(int status) {
    if (status >= 500) return {Verdict::in_doubt, "server error"};
    switch (status) {
        case 401: return {Verdict::misconfigured, "credentials refused"};
        case 403: return {Verdict::misconfigured, "not permitted to these credentials"};
        case 404: return {Verdict::misconfigured, "account or resource not found"};
        case 407: return {Verdict::misconfigured, "a proxy wants credentials"};
        case 408:  // RFC 9110 § 15.5.9: the request had not come in whole
        case 425:  // RFC 8470 § 5.2: the server would not process it yet
            return {Verdict::deferred, "the request was not processed"};
        case 429: return {Verdict::throttled, "too many requests"};
        default: break;
    }
    if (status >= 400) return {Verdict::rejected, "request refused"};
    // Redirects are not followed: a POST repeated elsewhere is nothing that Twilio asks for.
    if (status >= 300) return {Verdict::misconfigured, "base_url is redirected"};
    return {Verdict::in_doubt, "an answer that makes no sense"};
}

Judgement judge(int status, std::optional<int> code) {
    // A server error may follow acceptance, and 429 says "not processed", whatever the body says.
    const bool body_counts = status >= 400 && status < 500 && status != 429;
    const auto known = std::find_if(known_codes.begin(), known_codes.end(),
                                    [&](const KnownCode& entry) { return entry.code == code; });
    if (known == known_codes.end()) return by_status(status);
    const Verdict verdict = body_counts ? known->verdict : by_status(status).verdict;
    return {verdict, known->meaning};
}

std::optional<int> error_code(const json::object& body) {
    const json::value* const code = body.if_contains("code");
    if (!code || !code->is_int64()) return std::nullopt;
    const std::int64_t value = code->get_int64();
    if (value < 10000 || value > 99999) return std::nullopt;
    return static_cast<int>(value);
}

Outcome accepted(const json::object& body) {
    const std::string sid = text_at(body, "sid");
    if (!is_message_sid(sid)) {
        return Outcome::failed(Verdict::in_doubt, "accepted, but the answer cannot be read");
    }
    return Outcome::sent(sid, accepted_metadata(sid));
}

std::string with_origin(const Judgement& judgement, std::optional<int> code, int status) {
    return judgement.meaning +
           (code ? ", code " + std::to_string(*code) : ", status " + std::to_string(status));
}

}  // namespace

Outcome read_answer(const HttpResult& result, TimePoint now) {
    if (result.exchange != Exchange::answered) return unanswered(result);
    const int status = result.answer.status;
    const json::object body = parse_json_object(result.answer.body);
    if (status / 100 == 2) return accepted(body);
    const auto code = error_code(body);
    const Judgement judgement = judge(status, code);
    Outcome outcome = Outcome::failed(judgement.verdict, with_origin(judgement, code, status));
    if (judgement.verdict == Verdict::throttled || judgement.verdict == Verdict::deferred) {
        outcome.retry_after = retry_after(result.answer, now);
    }
    if (code == queue_full && !outcome.retry_after) outcome.retry_after = queue_full_wait;
    if (code) outcome.metadata["twilio_error_code"] = *code;
    outcome.opted_out = code && judgement.verdict == Verdict::rejected && is_opt_out(*code);
    return outcome;
}

json::object accepted_metadata(std::string_view sid) {
    json::array sids;  // a list: one for each request that a message came to
    sids.emplace_back(sid);
    json::object metadata;
    metadata["twilio_sid"] = std::move(sids);
    return metadata;
}

std::string refusal_reason(const HttpAnswer& answer) {
    const auto code = error_code(parse_json_object(answer.body));
    return with_origin(judge(answer.status, code), code, answer.status);
}

}  // namespace postrider::twilio
