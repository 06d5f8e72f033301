#include "lib/dispatch/intake.h"

#include "lib/health/status_messages.h"
#include "lib/log/log.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider {

namespace {

constexpr std::size_t page_rows = 1000;
/// Moments of first sight that are remembered; more than the lanes' windows ever hold.
constexpr std::size_t first_seen_max = 200000;

}  // namespace

Intake::Intake(Executor executor, Clock& clock, Outbox& outbox, Admission& admission, Lanes& lanes,
               const Membership& membership, IntakeTimes times)
    : clock_(clock),
      outbox_(outbox),
      admission_(admission),
      lanes_(lanes),
      membership_(membership),
      times_(times),
      wakeup_(std::move(executor)),
      last_turn_(clock.now()),
      plan_(times) {}

void Intake::ring(TimePoint from) {
    plan_.ring(from);
    wakeup_.ring();
}

void Intake::look_again() {
    // Rows of new shards, and those that rang while nobody heard it, are known to no lane: nothing may
    // leave that could be behind them.
    for (const auto& [name, lane] : lanes_) lane->miss_all();
    plan_.start_over();
    wakeup_.ring();
}

void Intake::set_doorbell(bool works) {
    if (plan_.doorbell_works() == works) return;
    plan_.set_doorbell(works);
    look_again();  // what rang while it was out of order was missed
}

void Intake::hold(std::optional<std::string> reason) {
    held_ = std::move(reason);
    look_again();
}

Task<> Intake::run() {
    for (;;) {
        last_turn_ = clock_.now();
        const auto page = next_page();
        if (!page) {
            // With nothing to read for, it comes round all the same: somebody watches that it does.
            const TimePoint next = reads() ? plan_.next_at() : last_turn_ + times_.poll_every;
            co_await wakeup_.wait_until(clock_, next);
            continue;
        }
        std::exception_ptr failure;
        try {
            co_await read(*page);
            if (!trouble_.empty()) log::info("due messages are read again");
            trouble_.clear();
        } catch (...) {
            failure = std::current_exception();
        }
        if (!failure) continue;
        if (was_cancelled(failure)) std::rethrow_exception(failure);
        if (trouble_.empty())
            log::error("cannot read due messages; trying on", {{"error", describe(failure)}});
        trouble_ = describe(failure);
        plan_.done(*page, page->after, last_turn_, clock_.now());  // it is read again
        co_await clock_.sleep_until(clock_.now() + std::chrono::seconds{1});
    }
}

/// Without shards nothing could be claimed; whoever deals them calls look_again().
bool Intake::reads() const { return !held_ && !membership_.shards().empty(); }

std::optional<ReadingPlan::Page> Intake::next_page() {
    if (!reads()) return std::nullopt;
    std::optional<MessageKey> refill_from;
    for (const auto& [name, lane] : lanes_) {
        const auto from = lane->refill_from();
        if (from) keep_earliest(refill_from, *from);
    }
    return plan_.next(clock_.now(), refill_from);
}

Task<> Intake::read(ReadingPlan::Page page) {
    if (page.first) {
        left_now_.clear();
        for (const auto& [name, lane] : lanes_) lane->begin_reading();
    }
    const TimePoint began = clock_.now();
    const TimePoint until = began + times_.horizon;
    std::vector<OutgoingMessage> rows = co_await outbox_.read_due(page.after, until, page_rows);
    if (held_) co_return;
    std::optional<MessageKey> last;
    if (rows.size() == page_rows) last = rows.back().key;
    // The rows are all there are after the one and before the other; or up to the horizon.
    const auto next = last ? std::optional(next_key(*last)) : std::nullopt;
    for (const auto& [name, lane] : lanes_) lane->on_offered(page.after, next);
    const bool counts = page.kind == ReadingPlan::Kind::all && plan_.valid(page);
    const Lane::Before before = plan_.rung() ? Lane::Before::unknown
                                : counts     ? Lane::Before::being_read
                                             : Lane::Before::remembered;
    for (OutgoingMessage& row : rows) {
        const auto left = admit(std::move(row), before);
        if (!left || !counts) continue;
        Left& entry = left_now_[left->reason];
        ++entry.count;
        entry.expected = left->expected;
    }
    const bool to_the_end = !last;
    if (last && page.kind != ReadingPlan::Kind::refill && nobody_wants(*last)) last.reset();
    if (!last && counts) {
        left_ = left_now_;
        for (const auto& [name, lane] : lanes_) {
            if (to_the_end) lane->end_reading();
        }
    }
    plan_.done(page, last, began, clock_.now());
    const bool curious =
        std::any_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane.second->curious(); });
    if (curious) plan_.hurry();
}

/// Whether every lane turns rows after `key` away: then reading on finds nothing for any of them.
bool Intake::nobody_wants(MessageKey key) const {
    return std::none_of(lanes_.begin(), lanes_.end(),
                        [key](const auto& lane) { return lane.second->wants_after(key); });
}

std::optional<LeftAlone> Intake::admit(OutgoingMessage row, Lane::Before before) {
    const bool known =
        std::any_of(lanes_.begin(), lanes_.end(), [&](const auto& lane) { return lane.second->holds(row); });
    if (known) return std::nullopt;
    const TimePoint now = clock_.now();
    const TimePoint seen = first_seen(row.key.id, now);
    return deliver(admission_.admit(std::move(row), seen, now), TimePoint::min(), before);
}

void Intake::readmit(OutgoingMessage row, TimePoint first_seen, TimePoint not_before) {
    if (held_) return;
    const TimePoint now = clock_.now();
    // Postponed beyond what we keep in memory: the poll finds it when its time comes.
    if (row.key.send_date > now + times_.horizon) return;
    const Lane::Before before = plan_.rung() ? Lane::Before::unknown : Lane::Before::remembered;
    deliver(admission_.admit(std::move(row), first_seen, now), not_before, before);
}

std::optional<LeftAlone> Intake::deliver(std::variant<Admitted, LeftAlone> decision, TimePoint not_before,
                                         Lane::Before before) {
    if (auto* left = std::get_if<LeftAlone>(&decision)) return std::move(*left);
    auto& admitted = std::get<Admitted>(decision);
    if (!membership_.has(admitted.waiting.shard)) return std::nullopt;  // a peer's
    admitted.waiting.not_before = std::max(admitted.waiting.not_before, not_before);
    lanes_.at(admitted.channel)->offer(std::move(admitted.waiting), before);
    return std::nullopt;
}

TimePoint Intake::first_seen(MessageId id, TimePoint now) {
    // Forgetting costs a message another rest, no more.
    if (first_seen_.size() >= first_seen_max) first_seen_.clear();
    return first_seen_.try_emplace(id, now).first->second;
}

Check Intake::check() const {
    Check check{.name = "intake"};
    if (!trouble_.empty()) {
        say<status::intake_unreadable>(check, trouble_);
        return check;
    }
    if (held_) {
        say<status::intake_hold>(check, *held_);
        return check;
    }
    for (const auto& [reason, left] : left_) {
        if (left.expected) {
            say<status::intake_left>(check, left.count, reason);
        } else {
            say<status::intake_stuck>(check, left.count, reason);
        }
    }
    if (left_.empty()) say<status::intake_works>(check);
    return check;
}

}  // namespace postrider
