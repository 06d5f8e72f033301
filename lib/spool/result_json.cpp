#include "lib/spool/result_json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <stdexcept>

namespace postrider {

namespace json = boost::json;

namespace {

constexpr std::array verdicts{Verdict::sent,      Verdict::rejected,      Verdict::deferred,
                              Verdict::throttled, Verdict::misconfigured, Verdict::in_doubt};
constexpr std::array dispositions{Disposition::sent, Disposition::given_up, Disposition::waiting,
                                  Disposition::next_part, Disposition::in_doubt};

/// In files that outlive this version: a name, once given, stays.
std::string_view name_of(Disposition disposition) {
    switch (disposition) {
        case Disposition::sent: return "sent";
        case Disposition::given_up: return "given_up";
        case Disposition::waiting: return "waiting";
        case Disposition::next_part: return "next_part";
        case Disposition::in_doubt: return "in_doubt";
    }
    throw std::logic_error("a disposition without a name");
}

std::string_view name_of(Verdict verdict) { return to_string(verdict); }

template <class Values>
auto value_of(const json::value& name, const Values& values) {
    for (const auto value : values) {
        if (name_of(value) == std::string_view(name.as_string())) return value;
    }
    throw std::invalid_argument("an unknown name");
}

std::int64_t microseconds(TimePoint time) { return time.time_since_epoch().count(); }
TimePoint time_of(const json::value& value) { return TimePoint(std::chrono::microseconds(value.as_int64())); }
std::string text_of(const json::value& value) { return std::string(value.as_string()); }

AttemptResult read(const json::object& from) {
    AttemptResult result;
    result.attempt_id = from.at("attempt").as_int64();
    result.message_id = from.at("message").as_int64();
    result.outcome.verdict = value_of(from.at("verdict"), verdicts);
    result.outcome.reason = text_of(from.at("reason"));
    result.outcome.provider_id = text_of(from.at("provider_id"));
    result.outcome.metadata = from.at("metadata").as_object();
    result.disposition = value_of(from.at("disposition"), dispositions);
    result.ended = time_of(from.at("ended"));
    result.failed_attempts = static_cast<int>(from.at("failed_attempts").as_int64());
    result.retry_at = time_of(from.at("retry_at"));
    result.repeats_key = from.at("repeats_key").as_bool();
    return result;
}

}  // namespace

std::string to_json(const AttemptResult& result) {
    json::object to;
    to["attempt"] = result.attempt_id;
    to["message"] = result.message_id;
    to["verdict"] = name_of(result.outcome.verdict);
    to["reason"] = result.outcome.reason;
    to["provider_id"] = result.outcome.provider_id;
    to["metadata"] = result.outcome.metadata;
    to["disposition"] = name_of(result.disposition);
    to["ended"] = microseconds(result.ended);
    to["failed_attempts"] = result.failed_attempts;
    to["retry_at"] = microseconds(result.retry_at);
    to["repeats_key"] = result.repeats_key;
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
