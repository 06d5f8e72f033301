#include "lib/spool/result_json.h"

#include "lib/spool/suppression_json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <stdexcept>

namespace postrider {

namespace json = boost::json;

namespace {

std::int64_t microseconds(TimePoint time) { return time.time_since_epoch().count(); }
TimePoint time_of(const json::value& value) { return TimePoint(std::chrono::microseconds(value.as_int64())); }
std::string text_of(const json::value& value) { return std::string(value.as_string()); }

AttemptResult read(const json::object& from) {
    AttemptResult result;
    result.attempt_id = from.at("attempt").as_int64();
    result.message_id = from.at("message").as_int64();
    result.outcome.verdict = verdict_named(text_of(from.at("verdict"))).value();
    result.outcome.reason = text_of(from.at("reason"));
    result.outcome.provider_id = text_of(from.at("provider_id"));
    result.outcome.metadata = from.at("metadata").as_object();
    result.disposition = disposition_named(text_of(from.at("disposition"))).value();
    result.ended = time_of(from.at("ended"));
    result.failed_attempts = static_cast<int>(from.at("failed_attempts").as_int64());
    result.retry_at = time_of(from.at("retry_at"));
    result.repeats_key = from.at("repeats_key").as_bool();
    if (const json::value* const suppression = from.if_contains("suppression"))
        result.suppression = suppression_of(suppression->as_object());
    return result;
}

}  // namespace

std::string to_json(const AttemptResult& result) {
    json::object to;
    to["attempt"] = result.attempt_id;
    to["message"] = result.message_id;
    to["verdict"] = to_string(result.outcome.verdict);
    to["reason"] = result.outcome.reason;
    to["provider_id"] = result.outcome.provider_id;
    to["metadata"] = result.outcome.metadata;
    to["disposition"] = to_string(result.disposition);
    to["ended"] = microseconds(result.ended);
    to["failed_attempts"] = result.failed_attempts;
    to["retry_at"] = microseconds(result.retry_at);
    to["repeats_key"] = result.repeats_key;
    if (result.suppression) to["suppression"] = to_object(*result.suppression);
    return json::serialize(to);
}

std::optional<AttemptResult> read_result_json(std::string_view text) {
    json::parse_options options;
    options.allow_invalid_utf8 = true;  // a provider's words may be no text
    try {
        return read(json::parse(text, {}, options).as_object());
    } catch (const std::exception&) {  // the words of Boost.JSON name neither key nor place
        return std::nullopt;
    }
}

}  // namespace postrider
