#pragma once

#include <boost/json/object.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// What an attempt came to. Each value means one thing to do next.
enum class Verdict {
    sent,           ///< accepted by the provider: done
    rejected,       ///< this request can never succeed: stop
    deferred,       ///< not accepted: try again later
    throttled,      ///< not accepted: the lane slows down, for `retry_after` at least
    misconfigured,  ///< blames the channel, not the message: the lane stops and an operator is told
    in_doubt,       ///< may have been accepted: again only where that cannot send twice
};

std::string_view to_string(Verdict verdict);
/// The other way round; nullopt for what is no verdict.
std::optional<Verdict> verdict_named(std::string_view name);

struct Outcome {
    Verdict verdict = Verdict::in_doubt;
    std::string reason;       ///< for the operator; no address, no text, no secret
    std::string provider_id;  ///< of what was accepted
    std::optional<std::chrono::seconds> retry_after;
    boost::json::object metadata;  ///< keys to merge into transmission_metadata
    bool opted_out = false;        ///< the provider says that the recipient wants nothing more

    static Outcome sent(std::string provider_id, boost::json::object metadata);
    static Outcome failed(Verdict verdict, std::string reason);
};

}  // namespace postrider
