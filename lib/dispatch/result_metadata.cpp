#include "lib/dispatch/result_metadata.h"

#include "lib/schedule/iso_time.h"
#include "lib/text/json_object.h"
#include "lib/text/segments.h"
#include "lib/text/utf8.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <utility>

namespace postrider {

namespace json = boost::json;

namespace {

constexpr std::size_t attempts_listed_max = 100;  // the first ones give way

/// A provider may write anything: its bytes are made storable, those that were there stay.
json::object sound(const json::object& keys) {
    const std::string written = json::serialize(keys);
    return is_utf8(written) ? keys : parse_json_object(storable(written));
}

/// `later` on top of `keys`; where both have a list, one list.
void join(json::object& keys, const json::object& later) {
    for (const auto& [key, value] : later) {
        json::value* known = keys.if_contains(key);
        if (known && known->is_array() && value.is_array()) {
            for (const json::value& each : value.get_array()) known->get_array().push_back(each);
        } else {
            keys[key] = value;
        }
    }
}

json::object keys_of(const Outcome& outcome, const std::vector<EndedAttempt>& earlier) {
    json::object keys;
    for (const EndedAttempt& attempt : earlier) {
        if (attempt.verdict == Verdict::sent) join(keys, parse_json_object(attempt.metadata));
    }
    join(keys, sound(outcome.metadata));
    return keys;
}

/// What an earlier end left in a row's metadata.
json::object marker_of(const std::optional<std::string>& metadata) {
    if (!metadata) return {};
    const auto object = JsonObjectText::read(*metadata);
    const auto marker = object ? object->find("postrider") : std::nullopt;
    return marker ? parse_json_object(*marker) : json::object();
}

json::object listed(const EndedAttempt& attempt) {
    json::object entry;
    entry["id"] = attempt.id;
    entry["at"] = to_iso_time(attempt.ended);
    if (attempt.parts > 1) entry["part"] = fmt::format("{}/{}", attempt.part, attempt.parts);
    entry["outcome"] = std::string(to_string(attempt.verdict));
    if (!attempt.reason.empty()) entry["reason"] = storable(attempt.reason);
    return entry;
}

}  // namespace

std::vector<EndedAttempt> same_run(std::vector<EndedAttempt> earlier, int own_part) {
    std::vector<EndedAttempt> run;
    std::vector<EndedAttempt> accepted;  // of the run before
    for (EndedAttempt& attempt : earlier) {
        if (run.empty() && attempt.part > 1) run = std::move(accepted);
        const bool ends_message = attempt.ends_message;
        run.push_back(std::move(attempt));
        if (!ends_message) continue;
        std::erase_if(run, [](const EndedAttempt& each) { return each.verdict != Verdict::sent; });
        accepted = std::exchange(run, {});
    }
    if (run.empty() && own_part > 1) return accepted;
    return run;
}

std::string journal_metadata(const Outcome& outcome, const std::vector<EndedAttempt>& earlier) {
    if (earlier.empty()) {
        std::string written = json::serialize(outcome.metadata);
        if (is_utf8(written)) return written;
    }
    return json::serialize(keys_of(outcome, earlier));
}

std::string metadata_after(const AttemptResult& result, const EndedAttempt& own,
                           const std::vector<EndedAttempt>& earlier, const std::optional<std::string>& before,
                           const std::string& rendered) {
    json::object keys = keys_of(result.outcome, earlier);
    json::array attempts;
    for (const EndedAttempt& attempt : earlier) attempts.push_back(listed(attempt));
    attempts.push_back(listed(own));
    if (attempts.size() > attempts_listed_max) {
        attempts.erase(attempts.begin(), attempts.end() - attempts_listed_max);
    }
    // Its `attempt` tells an operator's reset of this row from a stale save by somebody who never
    // saw it.
    json::object marker;
    marker["attempt"] = result.attempt_id;
    marker["outcome"] = std::string(to_string(result.outcome.verdict));
    if (!result.outcome.reason.empty()) marker["reason"] = storable(result.outcome.reason);
    if (!rendered.empty()) marker["rendered"] = rendered;
    if (result.row.segments > 0) {
        marker["segments"] = result.row.segments;
        marker["encoding"] = name_of(result.row.unicode ? SmsEncoding::ucs_2 : SmsEncoding::gsm_7);
    }
    marker["attempts"] = std::move(attempts);
    keys["postrider"] = std::move(marker);
    std::string after = splice_metadata(before, keys);
    if (result.row.leaked.empty()) return after;
    auto object = JsonObjectText::read(after);
    for (const std::string& key : result.row.leaked) object->erase(key);
    return object->text();
}

AttemptId marked_attempt(const std::optional<std::string>& metadata) {
    const json::object marker = marker_of(metadata);
    const json::value* const attempt = marker.if_contains("attempt");
    return attempt && attempt->is_int64() ? attempt->get_int64() : 0;
}

std::string rendered_mark(const std::optional<std::string>& metadata) {
    return text_at(marker_of(metadata), "rendered");
}

}  // namespace postrider
