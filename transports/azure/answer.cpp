#include "transports/azure/answer.h"

#include "lib/net/retry_after.h"
#include "lib/net/unanswered.h"
#include "lib/text/json_object.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>

namespace postrider::azure {

namespace {

namespace json = boost::json;

constexpr std::chrono::seconds pause_max = std::chrono::hours{24};
constexpr std::size_t message_id_bytes_max = 512;

struct Judgement {
    Verdict verdict;
    std::string_view meaning;
};

constexpr Judgement nonsense{Verdict::in_doubt, "an answer that makes no sense"};

/// Of the whole request, none of whose recipients was told of.
Judgement judge_request(int status) {
    // May follow acceptance. So may 408, which gateways also say when what is behind them is slow.
    if (status == 408) return {Verdict::in_doubt, "time-out at the provider"};
    if (status >= 500) return {Verdict::in_doubt, "server error"};
    switch (status) {
        case 401: return {Verdict::misconfigured, "signature refused: the access key or the clock is wrong"};
        case 403: return {Verdict::misconfigured, "not permitted to this access key"};
        case 404: return {Verdict::misconfigured, "endpoint or api_version is wrong"};
        case 407: return {Verdict::misconfigured, "a proxy wants credentials"};
        case 425:  // RFC 8470 § 5.2: the server would not process it yet
            return {Verdict::deferred, "the request was not processed"};
        case 429: return {Verdict::throttled, "too many requests"};
        default: break;
    }
    if (status >= 400) return {Verdict::rejected, "request refused"};
    // Redirects are not followed: the signature is for one host.
    if (status >= 300) return {Verdict::misconfigured, "the endpoint is redirected"};
    return nonsense;
}

/// Of one recipient, who was not accepted.
Judgement judge_item(int status) {
    switch (status) {
        case 401:
        case 403: return {Verdict::misconfigured, "not permitted to this sender"};
        case 404: return {Verdict::rejected, "sender or recipient not found"};
        case 408: return {Verdict::deferred, "time-out at the provider"};
        case 409: return {Verdict::rejected, "conflict with another request"};
        case 412: return {Verdict::rejected, "the first try is too long ago to be recognised"};
        case 429: return {Verdict::throttled, "too many requests"};
        default: break;
    }
    if (status >= 400 && status < 500) return {Verdict::rejected, "message refused"};
    if (status >= 500 && status < 600) return {Verdict::deferred, "not accepted: trouble at the provider"};
    return nonsense;
}

/// A header of whole milliseconds, rounded up.
std::optional<std::chrono::seconds> milliseconds_of(const HttpAnswer& answer, std::string_view name) {
    const auto value = answer.header(name);
    if (!value) return std::nullopt;
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), count);
    if (error != std::errc{} || end != value->data() + value->size()) return std::nullopt;
    const auto most = static_cast<std::uint64_t>(std::chrono::milliseconds(pause_max).count());
    const std::chrono::milliseconds pause(static_cast<std::int64_t>(std::min(count, most)));
    return std::chrono::ceil<std::chrono::seconds>(pause);
}

/// How long it asks us to wait; the finer word first.
std::optional<std::chrono::seconds> asked_pause(const HttpAnswer& answer, TimePoint now) {
    for (const std::string_view name : {"retry-after-ms", "x-ms-retry-after-ms"}) {
        if (const auto pause = milliseconds_of(answer, name)) return pause;
    }
    return retry_after(answer, now);
}

Outcome failed(const Judgement& judgement, int status, const HttpAnswer& answer, TimePoint now) {
    Outcome outcome = Outcome::failed(judgement.verdict,
                                      std::string(judgement.meaning) + ", status " + std::to_string(status));
    if (judgement.verdict == Verdict::throttled || judgement.verdict == Verdict::deferred) {
        outcome.retry_after = asked_pause(answer, now);
    }
    return outcome;
}

/// What a row's metadata gets, as the Django package writes it. The id is text; a list only of a message
/// that came to several requests, each of which adds its own.
Outcome accepted(const json::object& item, int parts) {
    std::string id = text_at(item, "messageId");
    if (id.size() > message_id_bytes_max) id.clear();
    json::object metadata;
    if (!id.empty()) {
        if (parts > 1) {
            metadata["azure_message_id"] = json::array{json::value(id)};
        } else {
            metadata["azure_message_id"] = id;
        }
    }
    metadata["azure_successful"] = true;
    metadata["azure_error_message"] = nullptr;
    return Outcome::sent(std::move(id), std::move(metadata));
}

/// The one recipient's part of an answer; nullptr if the answer is not of this form.
const json::object* only_item(const json::object& body) {
    const json::value* const list = body.if_contains("value");
    if (!list || !list->is_array() || list->get_array().size() != 1) return nullptr;
    return list->get_array().front().if_object();
}

Outcome read_item(const HttpAnswer& answer, int parts, TimePoint now) {
    const json::object body = parse_json_object(answer.body);
    const json::object* const item = only_item(body);
    const json::value* const successful = item ? item->if_contains("successful") : nullptr;
    const json::value* const code = item ? item->if_contains("httpStatusCode") : nullptr;
    if (!successful || !successful->is_bool() || !code || !code->is_int64() || code->get_int64() < 100 ||
        code->get_int64() > 599) {
        return failed(nonsense, answer.status, answer, now);
    }
    const int status = static_cast<int>(code->get_int64());
    if (successful->get_bool() && status / 100 == 2) return accepted(*item, parts);
    if (successful->get_bool()) return failed(nonsense, status, answer, now);
    Judgement judgement = judge_item(status);
    if (judgement.verdict == Verdict::rejected && text_at(*item, "repeatabilityResult") == "rejected") {
        judgement.meaning = "refused as a repeated request";
    }
    Outcome outcome = failed(judgement, status, answer, now);
    outcome.metadata["azure_successful"] = false;
    outcome.metadata["azure_error_message"] = outcome.reason;
    return outcome;
}

}  // namespace

Outcome read_answer(const HttpResult& result, int parts, TimePoint now) {
    if (result.exchange != Exchange::answered) return unanswered(result);
    const int status = result.answer.status;
    if (status / 100 == 2) return read_item(result.answer, parts, now);
    return failed(judge_request(status), status, result.answer, now);
}

}  // namespace postrider::azure
