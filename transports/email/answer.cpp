#include "transports/email/answer.h"

#include <fmt/format.h>

namespace postrider::email {

namespace {

/// Greylisting answers 450 or 451, and wants minutes (RFC 6647 § 5).
constexpr std::chrono::minutes busy_wait{5};

std::string with_code(std::string what, const SmtpResult& result) {
    what += fmt::format(", code {}", result.code);
    if (!result.enhanced.empty()) what += " " + result.enhanced;
    return what;
}

Outcome by_code(const SmtpResult& result) {
    const auto failed = [&](Verdict verdict, const char* what) {
        return Outcome::failed(verdict, with_code(what, result));
    };
    const bool session = result.stage == SmtpStage::session;
    switch (result.code) {
        case 421: return failed(Verdict::throttled, "the server takes no more mail now");
        case 500:
        case 502:
        case 503:
        case 504:
        case 555: return failed(Verdict::misconfigured, "the server does not know a command");
        case 530:
        case 534:
        case 535:
        case 538: return failed(Verdict::misconfigured, "the server refused the credentials, or wants some");
        case 551:
        case 553: return failed(Verdict::rejected, "the server does not take the recipient's address");
        case 552: return failed(Verdict::rejected, "the message is too large, or the mailbox is full");
        default: break;
    }
    if (session && result.code >= 500)
        return failed(Verdict::misconfigured, "the server takes no mail from us");
    if (result.code >= 500) {
        return failed(Verdict::rejected, result.stage == SmtpStage::message
                                             ? "the server refused the message"
                                             : "the server refused a recipient, "
                                               "or the sender");
    }
    Outcome outcome = failed(Verdict::deferred, "the server cannot take it now");
    if (!session) outcome.retry_after = busy_wait;
    return outcome;
}

Outcome accepted(const SmtpResult& result, const std::string& message_id) {
    boost::json::object metadata;
    metadata["email_message_id"] = "<" + message_id + ">";
    if (!result.queue_id.empty()) metadata["email_queue_id"] = result.queue_id;
    return Outcome::sent(message_id, std::move(metadata));
}

}  // namespace

Outcome read_answer(const SmtpResult& result, const std::string& message_id) {
    if (result.exchange == Exchange::answered && result.code / 100 == 2) return accepted(result, message_id);
    if (result.exchange == Exchange::unknown)
        return Outcome::failed(Verdict::in_doubt,
                               "the server did not say whether it took the message: " + result.error);
    if (result.no_authentication)
        return Outcome::failed(Verdict::misconfigured,
                               "the server asks for no credentials, and there are some");
    if (result.code >= 400) return by_code(result);
    if (result.gate_refused) return Outcome::failed(Verdict::deferred, "not sent: not permitted any more");
    if (result.no_tls)
        return Outcome::failed(Verdict::misconfigured,
                               "the server has no TLS, or a certificate that is not to be trusted");
    return Outcome::failed(Verdict::deferred, "not sent: " + result.error);
}

}  // namespace postrider::email
