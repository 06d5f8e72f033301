#include "lib/async/deadline.h"
#include "lib/dispatch/lane.h"
#include "lib/dispatch/result_metadata.h"
#include "lib/dispatch/suspensions.h"
#include "lib/dispatch/time_verdict.h"
#include "lib/health/status_messages.h"
#include "lib/log/log.h"

#include <fmt/format.h>

#include <algorithm>

// What comes back: outcomes, what they mean for message and lane, and how the lane is doing.

namespace postrider {

namespace {

bool is_first_try(const Prepared& prepared) {
    const OutgoingMessage& message = prepared.waiting.message;
    return message.last_attempt == 0 && prepared.request.part == 1 &&
           message.key.send_date != TimePoint::min();
}

}  // namespace

Task<> Lane::settle_foregone(Batch foregone) {
    std::vector<Outcome> outcomes;
    for (const Prepared& prepared : foregone) outcomes.push_back(prepared.foregone->outcome);
    co_await finish(std::move(foregone), std::move(outcomes), false);
}

Task<> Lane::send(Batch batch, std::shared_ptr<CallSlots> slots, std::uint64_t life) {
    const auto asked = transport_;
    auto outcomes = co_await ask_transport(batch, life);
    // The provider is done with us: the slot is free while the result is written.
    slots.reset();
    // A refusal of credentials that were mended meanwhile must not stop the channel, and what our own
    // lease cut off says nothing of it.
    const bool tells = asked == transport_ && PermitOfLife(parts_.membership, life).granted();
    co_await finish(std::move(batch), std::move(outcomes), tells);
}

Task<std::vector<Outcome>> Lane::ask_transport(const Batch& batch, std::uint64_t life) {
    std::vector<PreparedRequest> requests;
    requests.reserve(batch.size());
    for (const Prepared& prepared : batch) requests.push_back(prepared.request);
    const PermitOfLife permit(parts_.membership, life);
    const auto transport = transport_;  // a reload may replace the lane's while we wait
    const auto answer_max = std::max(limits_.send_max, transport->answer_max());
    std::optional<std::vector<Outcome>> outcomes;
    std::exception_ptr failure;
    try {
        outcomes = co_await within(parts_.clock, answer_max, transport->send(std::move(requests), permit));
    } catch (...) {
        failure = std::current_exception();
    }
    // Whether it is us who are cancelled: a transport could let an error escape that looks so.
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (failure && state.cancelled() != boost::asio::cancellation_type::none) std::rethrow_exception(failure);
    if (outcomes && outcomes->size() == batch.size()) co_return std::move(*outcomes);
    const std::string reason = failure    ? "the transport failed: " + describe(failure)
                               : outcomes ? "the transport answered for another number of requests"
                                          : fmt::format("no answer within {} ms", answer_max.count());
    log::error("send without outcome", {{"channel", channel_.name}, {"reason", reason}});
    co_return std::vector<Outcome>(batch.size(), Outcome::failed(Verdict::in_doubt, reason));
}

/// How late the claims are: of first tries, since for others nobody knows from when to count.
void Lane::measure_claimed(const Batch& batch) const {
    if (!meter_) return;
    const TimePoint now = parts_.clock.now();
    for (const Prepared& prepared : batch) {
        if (is_first_try(prepared)) meter_->claimed(now - prepared.waiting.message.key.send_date);
    }
}

void Lane::measure_request(const Prepared& prepared, const Outcome& outcome, TimePoint now) const {
    if (!meter_ || prepared.foregone) return;
    meter_->requested(outcome.verdict, now - prepared.request.attempt.first_sent);
    if (outcome.verdict == Verdict::sent && is_first_try(prepared))
        meter_->accepted(now - prepared.waiting.message.key.send_date);
}

Task<> Lane::finish(Batch batch, std::vector<Outcome> outcomes, bool tells) {
    const TimePoint now = parts_.clock.now();
    std::vector<FollowUp> next;
    std::vector<AttemptResult> results;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const OutgoingMessage& message = batch[i].waiting.message;
        if (tells) gate_.apply(outcomes[i], message.key.id, batch.size(), now);
        const bool arrived = outcomes[i].verdict == Verdict::sent || outcomes[i].verdict == Verdict::in_doubt;
        if (!arrived && !batch[i].foregone) pace_.not_arrived(batch[i].waiting);
        measure_request(batch[i], outcomes[i], now);
        next.push_back(next_step(batch[i], outcomes[i], now));
        // In the journal too: who finds a stale save of the row must know what was said.
        if (!batch[i].short_links.empty()) {
            for (const auto& [key, value] : batch[i].links_metadata) outcomes[i].metadata[key] = value;
        }
        AttemptResult result =
            make_result(batch[i].request.attempt.id, message.key.id, outcomes[i], next[i], now);
        result.row_version = message.row_version;
        result.transmission_metadata = message.transmission_metadata;
        result.row = std::move(batch[i].row);
        if (outcomes[i].opted_out && batch[i].recipient)
            result.suppression =
                SuppressionChange{.recipient = *batch[i].recipient,
                                  .channel = channel_.opt_out == OptOutScope::all ? "" : channel_.name,
                                  .address = batch[i].journal_destination,
                                  .cause = suppression_cause::provider};
        if (batch[i].foregone) result.ended = batch[i].foregone->ended;
        results.push_back(std::move(result));
    }
    const std::set<AttemptId> refused = co_await parts_.recorder.record(std::move(results));
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (refused.contains(batch[i].request.attempt.id)) {
            let_free(batch[i].waiting);
            keep_place(std::move(batch[i].waiting), now);
        } else {
            go_on_after(std::move(batch[i]), outcomes[i], next[i], now);
        }
    }
}

/// Its attempt stays open: it is looked at now and then, and nothing passes it.
void Lane::keep_place(Waiting waiting, TimePoint now) {
    waiting.message.attempt_open = true;
    parts_.readmit(std::move(waiting.message), waiting.first_seen, now + limits_.open_wait);
}

/// What follows for the message: a next try that would come too late is none.
FollowUp Lane::next_step(const Prepared& prepared, const Outcome& outcome, TimePoint now) {
    const OutgoingMessage& message = prepared.waiting.message;
    if (prepared.foregone) {
        FollowUp next;
        next.disposition = prepared.foregone->disposition;
        next.failed_attempts = message.failed_attempts;
        return next;
    }
    Attempted attempted;
    attempted.failed_before = message.failed_attempts;
    attempted.last_part = prepared.request.part == prepared.request.parts;
    attempted.repeated_key = prepared.first_sent.has_value();
    attempted.channel_fails = gate_.broken();
    if (now < prepared.request.attempt.first_sent + transport_->idempotency_window() - key_margin) {
        attempted.remedy = Remedy::repeat_key;
    } else if (transport_->keeps_records()) {
        attempted.remedy = Remedy::ask_provider;
    }
    TimeFacts facts;
    facts.send_date = message.key.send_date;
    facts.retried = message.retried;
    facts.expires_at = prepared.waiting.expires_at;
    return follow_up_in_time(outcome, channel_, attempted, limits_.backoff, parts_.random.unit(), facts, now);
}

/// Once the result is written. What goes on goes through the front door, where the verdict on time
/// may also say that it is too late; its place in the conversation is free only then.
void Lane::go_on_after(Prepared prepared, const Outcome& outcome, const FollowUp& next, TimePoint ended) {
    Waiting& waiting = prepared.waiting;
    OutgoingMessage& message = waiting.message;
    const auto say = [&](auto log, std::string_view event) {
        log(event, {{"message", message.key.id},
                    {"channel", channel_.name},
                    {"outcome", to_string(outcome.verdict)},
                    {"reason", outcome.reason}});
    };
    let_free(waiting);
    switch (next.disposition) {
        case Disposition::sent:
            ++sent_;
            if (meter_) meter_->sent();
            log::debug("message sent", {{"message", message.key.id}, {"channel", channel_.name}});
            return;
        case Disposition::given_up:
            ++given_up_;
            if (meter_) meter_->given_up();
            say(log::warn, "message given up");
            return;
        case Disposition::in_doubt:
            say(log::warn, "message in doubt: the provider's records are asked");
            message.doubt_since = ended;
            keep_place(std::move(waiting), ended);
            parts_.on_doubt();
            return;
        case Disposition::next_part:
            say(log::info, "message goes on with its next part");
            message.next_part = prepared.request.part + 1;  // a reset may have begun behind part 1
            message.part_metadata = journal_metadata(outcome);
            break;
        case Disposition::waiting:
            if (meter_) meter_->waits_again();
            say(log::info, "message waits for another try");
            break;
    }
    const TimePoint retry_at = ended + next.retry_in;
    message.failed_attempts = next.failed_attempts;
    message.last_attempt = prepared.request.attempt.id;
    message.retry_at = retry_at;
    message.repeated_key.reset();
    if (next.repeats_key) {
        message.repeated_key =
            RepeatedKey{prepared.request.attempt.idempotency_key, prepared.request.attempt.first_sent};
    }
    parts_.readmit(std::move(message), waiting.first_seen, retry_at);
}

void Lane::let_free(const Waiting& waiting) {
    window_.done(waiting);
    wakeup_.ring();
    if (refill_from()) parts_.on_room();
}

Lane::Backlog Lane::backlog() const {
    const TimePoint now = parts_.clock.now();
    Backlog backlog;
    const auto count = [&](const MessageKey& key) {
        if (key.send_date > now) return false;
        ++backlog.due;
        ++backlog.ages[WaitingAges::span_of(key.send_date, now)];
        if (key.send_date != TimePoint::min()) backlog.lag = std::max(backlog.lag, now - key.send_date);
        return true;
    };
    for (const auto& [key, taken] : window_.taken()) count(key);
    window_.for_each_waiting(count);
    return backlog;
}

Check Lane::check() const {
    const Backlog due = backlog();
    Check check{.name = "channel " + channel_.name};
    if (const std::size_t capped = pace_.capped(parts_.clock.now()))
        say<status::channel_capped>(check, capped, capped == 1 ? "recipient" : "recipients");
    if (suspended()) {
        say<status::channel_suspended>(check, to_text(*suspension_));
    } else if (const auto trouble = gate_.trouble(parts_.clock.now())) {
        say(check, trouble->message, trouble->text);
    }
    say<status::channel_counts>(check, full() ? "over " : "", due.due, window_.taken().size(), sent_,
                                given_up_);
    check.measures = {{channel_.name + "_due", static_cast<double>(due.due), "", "", ""},
                      {channel_.name + "_sent", static_cast<double>(sent_), "c", "", ""}};
    for (std::size_t span = 1; span < due.ages.size(); ++span) {  // none of them is in the future
        check.measures.push_back({channel_.name + "_due", static_cast<double>(due.ages[span]), "", "", "",
                                  std::string(WaitingAges::spans[span])});
    }
    return check;
}

}  // namespace postrider
