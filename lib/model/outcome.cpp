#include "lib/model/outcome.h"

namespace postrider {

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::sent: return "sent";
        case Verdict::rejected: return "rejected";
        case Verdict::deferred: return "deferred";
        case Verdict::throttled: return "throttled";
        case Verdict::misconfigured: return "misconfigured";
        case Verdict::in_doubt: return "in_doubt";
    }
    return "in_doubt";
}

std::optional<Verdict> verdict_named(std::string_view name) {
    for (Verdict each : {Verdict::sent, Verdict::rejected, Verdict::deferred, Verdict::throttled,
                         Verdict::misconfigured, Verdict::in_doubt}) {
        if (to_string(each) == name) return each;
    }
    return std::nullopt;
}

Outcome Outcome::sent(std::string provider_id, boost::json::object metadata) {
    Outcome outcome;
    outcome.verdict = Verdict::sent;
    outcome.provider_id = std::move(provider_id);
    outcome.metadata = std::move(metadata);
    return outcome;
}

Outcome Outcome::failed(Verdict verdict, std::string reason) {
    Outcome outcome;
    outcome.verdict = verdict;
    outcome.reason = std::move(reason);
    return outcome;
}

}  // namespace postrider
