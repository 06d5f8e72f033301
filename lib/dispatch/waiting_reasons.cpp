#include "lib/dispatch/waiting_reasons.h"

#include "lib/dispatch/suspensions.h"

#include <fmt/format.h>

namespace postrider {

namespace {

/// Of an attempt that is open, its own or that of a message before it, nothing can be sent beside it.
void add_open_attempts(const WaitFacts& facts, std::vector<WaitReason>& reasons) {
    if (facts.attempt) {
        const auto& attempt = *facts.attempt;
        reasons.push_back(
            {"attempt",
             attempt.doubt_since ? "in doubt, and looked into: " + attempt.doubt_reason : "it is being sent",
             attempt.doubt_since, std::nullopt});
    }
    if (!facts.before) return;
    const auto& before = *facts.before;
    if (!before.doubt_since) {
        reasons.push_back({"conversation",
                           fmt::format("message {} to the same person is being sent", before.id),
                           std::nullopt, std::nullopt});
        return;
    }
    const TimePoint until = *before.doubt_since + facts.order_hold;
    if (until <= facts.now) return;
    reasons.push_back({"conversation",
                       fmt::format("message {} to the same person is in doubt (order_hold)", before.id),
                       before.doubt_since, until});
}

void add_verdict_on_time(const Waiting& waiting, TimePoint now, std::vector<WaitReason>& reasons) {
    if (waiting.refusal) {
        reasons.push_back({"refused", "it will not be sent, but errored: " + *waiting.refusal});
    } else if (waiting.not_before == TimePoint::max()) {
        reasons.push_back({"time", "never due: send_date is infinity"});
    } else if (waiting.not_before > now) {
        reasons.push_back({"time", waiting.reason, std::nullopt, waiting.not_before});
    }
}

}  // namespace

std::vector<WaitReason> reasons_to_wait(const WaitFacts& facts) {
    std::vector<WaitReason> reasons;
    if (facts.hold) {
        const std::string& why = facts.hold->reason;
        reasons.push_back(
            {"hold",
             "held by an operator" + (why.empty() ? "" : ": " + why) + " (`postrider messages release`)",
             facts.hold->since});
    }
    if (facts.late) {
        reasons.push_back({"lateness",
                           "it was overdue by more than lateness_max when Postrider was installed "
                           "(`postrider messages release`)"});
    }
    if (facts.delivery_hold) reasons.push_back({"delivery", *facts.delivery_hold});
    const auto* const admitted = std::get_if<Admitted>(&facts.admission);
    const std::string channel = admitted ? admitted->channel : "";
    if (const Suspension* const found = find_suspension(facts.suspensions, channel)) {
        reasons.push_back({"suspension",
                           (found->channel.empty() ? "all channels are suspended"
                                                   : fmt::format("channel {} is suspended", channel)) +
                               (found->reason.empty() ? "" : ": " + found->reason),
                           found->since, found->until});
    }
    add_open_attempts(facts, reasons);
    if (!admitted) {
        reasons.push_back({"intake", "left where it is: " + std::get<LeftAlone>(facts.admission).reason});
        return reasons;
    }
    if (facts.suppressed) {
        reasons.push_back({"suppression",
                           fmt::format("nothing is sent to its recipient ({}): it will be errored",
                                       facts.suppressed->cause),
                           facts.suppressed->since});
    }
    add_verdict_on_time(admitted->waiting, facts.now, reasons);
    return reasons;
}

}  // namespace postrider
