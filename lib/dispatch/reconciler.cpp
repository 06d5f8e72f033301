#include "lib/dispatch/reconciler.h"

#include "lib/log/log.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider {

namespace {

constexpr std::chrono::seconds look_every{30};

Outcome outcome_of(Finding finding) {
    switch (finding) {
        case Finding::accepted: return Outcome::sent("", {});
        case Finding::not_accepted:
            return Outcome::failed(Verdict::deferred,
                                   "a daemon died while sending; the provider has no record of it");
        case Finding::cannot_tell: break;
    }
    return Outcome::failed(Verdict::in_doubt,
                           "a daemon died while sending, and the provider cannot be asked");
}

}  // namespace

Reconciler::Reconciler(Executor executor, Clock& clock, Random& random, Outbox& outbox, Recorder& recorder,
                       const Lanes& lanes, const Lanes& retired)
    : clock_(clock),
      random_(random),
      outbox_(outbox),
      recorder_(recorder),
      lanes_(lanes),
      retired_(retired),
      wakeup_(std::move(executor)) {}

Task<> Reconciler::run() {
    for (;;) {
        std::exception_ptr failure;
        try {
            std::vector<OpenAttempt> attempts = co_await outbox_.adopt_open_attempts();
            std::erase_if(attempts,
                          [this](const OpenAttempt& attempt) { return in_hand(attempt.message_id); });
            open_ = attempts.size();
            for (OpenAttempt& attempt : attempts) {
                co_await resolve(std::move(attempt));
                --open_;
            }
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure) {
            if (was_cancelled(failure)) std::rethrow_exception(failure);
            log::warn("cannot take up open attempts; trying on", {{"error", describe(failure)}});
        }
        co_await wakeup_.wait_until(clock_, clock_.now() + (failure ? std::chrono::seconds{2} : look_every));
    }
}

bool Reconciler::in_hand(MessageId id) const {
    return std::any_of(lanes_.begin(), lanes_.end(),
                       [id](const auto& lane) { return lane.second->has_in_hand(id); }) ||
           std::any_of(retired_.begin(), retired_.end(),
                       [id](const auto& lane) { return lane.second->has_in_hand(id); });
}

Task<> Reconciler::resolve(OpenAttempt attempt) {
    Channel channel;  // the defaults, should it be configured no more
    Finding finding = Finding::cannot_tell;
    if (const auto lane = lanes_.find(attempt.channel); lane != lanes_.end()) {
        channel = lane->second->channel();
        const auto transport = lane->second->transport();  // a reload may replace the lane's meanwhile
        std::exception_ptr failure;
        try {
            finding = co_await transport->find(attempt);
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure) {
            if (was_cancelled(failure)) std::rethrow_exception(failure);
            // It stays open, and comes again; the others get their turn.
            log::error("cannot look up an attempt",
                       {{"channel", attempt.channel}, {"error", describe(failure)}});
            co_return;
        }
    }
    Outcome outcome = outcome_of(finding);
    const FollowUp next = follow_up(outcome, channel, 0, Backoff{}, random_.unit());
    if (next.disposition == Disposition::given_up) outcome.metadata["error"] = next.error;
    if (finding == Finding::cannot_tell) ++unresolved_;
    log::warn("an open attempt was taken up", {{"message", attempt.message_id},
                                               {"attempt", attempt.attempt.id},
                                               {"channel", attempt.channel},
                                               {"outcome", to_string(outcome.verdict)}});
    AttemptResult result;
    result.attempt_id = attempt.attempt.id;
    result.message_id = attempt.message_id;
    result.outcome = std::move(outcome);
    result.disposition = next.disposition;
    result.ended = clock_.now();
    result.failed_attempts = next.failed_attempts;
    result.retry_at = clock_.now() + next.retry_in;
    std::vector<AttemptResult> results;
    results.push_back(std::move(result));
    co_await recorder_.record(std::move(results));
}

Check Reconciler::check() const {
    Check check{.name = "in doubt"};
    check.text =
        fmt::format("{} attempts being looked into, {} ended in doubt since start", open_, unresolved_);
    if (open_ > 0 || unresolved_ > 0) check.health = Health::warning;
    check.measures = {{"in_doubt", static_cast<double>(open_), "", "", ""}};
    return check;
}

}  // namespace postrider
