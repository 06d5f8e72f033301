#include "lib/dispatch/intake.h"

#include "lib/log/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace postrider {

namespace {

constexpr std::size_t page_rows = 1000;
/// Moments of first sight that are remembered; more than the lanes' windows ever hold.
constexpr std::size_t first_seen_max = 200000;

/// The keyset condition is `>`: just before `key`.
MessageKey just_before(MessageKey key) {
    return key.id > std::numeric_limits<MessageId>::min() ? MessageKey{key.send_date, key.id - 1} : key;
}

MessageKey start_of(TimePoint moment) { return {moment, std::numeric_limits<MessageId>::min()}; }

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
      last_turn_(clock.now()) {}

void Intake::ring(TimePoint from) {
    const MessageKey key = start_of(from);
    from_ = from_ ? std::min(*from_, key) : key;
    wakeup_.ring();
}

void Intake::look_again() {
    ++generation_;
    next_poll_ = TimePoint::min();
    wakeup_.ring();
}

void Intake::set_doorbell(bool works) {
    if (doorbell_works_ == works) return;
    doorbell_works_ = works;
    look_again();  // what rang while it was out of order was missed
}

void Intake::hold(std::optional<std::string> reason) {
    held_ = std::move(reason);
    look_again();
}

Task<> Intake::run() {
    for (;;) {
        last_turn_ = clock_.now();
        std::exception_ptr failure;
        try {
            while (const auto from = next_from()) {
                const bool whole = from->send_date == TimePoint::min();
                co_await look(*from, whole);
            }
            if (!trouble_.empty()) log::info("due messages are read again");
            trouble_.clear();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure) {
            if (was_cancelled(failure)) std::rethrow_exception(failure);
            if (trouble_.empty())
                log::error("cannot read due messages; trying on", {{"error", describe(failure)}});
            trouble_ = describe(failure);
            look_again();
            co_await clock_.sleep_until(clock_.now() + std::chrono::seconds{1});
            continue;
        }
        co_await wakeup_.wait_until(clock_, next_poll_);
    }
}

/// From where to read now, if there is anything to read: what is polled, what rang, what did not
/// fit into a lane that has room again.
std::optional<MessageKey> Intake::next_from() {
    // Without shards nothing could be claimed; whoever deals them calls look_again().
    if (held_ || membership_.shards().empty()) {
        next_poll_ = clock_.now() + times_.poll_every;
        from_.reset();
        return std::nullopt;
    }
    std::optional<MessageKey> from;
    const auto add = [&](MessageKey key) { from = from ? std::min(*from, key) : key; };
    const TimePoint now = clock_.now();
    if (next_poll_ <= now) {
        add(start_of(TimePoint::min()));
        next_poll_ = now + (doorbell_works_ ? times_.poll_every : times_.poll_without_doorbell);
    }
    if (from_) add(*from_);
    from_.reset();
    for (const auto& [name, lane] : lanes_) {
        if (const auto missed = lane->missed_from()) {
            add(just_before(*missed));
            lane->clear_missed();
        }
    }
    return from;
}

Task<> Intake::look(MessageKey from, bool whole) {
    const TimePoint until = clock_.now() + times_.horizon;
    if (whole) left_now_.clear();
    const std::uint64_t generation = generation_;
    for (MessageKey after = from;;) {
        std::vector<OutgoingMessage> rows = co_await outbox_.read_due(after, until, page_rows);
        const bool more = rows.size() == page_rows;
        if (!rows.empty()) after = rows.back().key;
        // Since we asked. Where lanes have forgotten what waited, a row from the midst of a reading must
        // not leave before those ahead of it are back.
        if (held_ || generation != generation_) co_return;
        for (OutgoingMessage& row : rows) admit(std::move(row));
        if (!more || nobody_wants(after)) break;
    }
    if (whole) left_ = left_now_;
}

/// Whether every lane turns rows after `key` away: then reading on finds nothing for any of them.
bool Intake::nobody_wants(MessageKey key) const {
    return std::none_of(lanes_.begin(), lanes_.end(),
                        [key](const auto& lane) { return lane.second->wants_after(key); });
}

void Intake::admit(OutgoingMessage row) {
    const bool known =
        std::any_of(lanes_.begin(), lanes_.end(), [&](const auto& lane) { return lane.second->holds(row); });
    if (known) return;
    const TimePoint now = clock_.now();
    const TimePoint seen = first_seen(row.key.id, now);
    deliver(admission_.admit(std::move(row), seen, now), std::nullopt);
}

void Intake::readmit(OutgoingMessage row, TimePoint first_seen, TimePoint not_before) {
    if (held_) return;
    const TimePoint now = clock_.now();
    // Postponed beyond what we keep in memory: the poll finds it when its time comes.
    if (row.key.send_date > now + times_.horizon) return;
    deliver(admission_.admit(std::move(row), first_seen, now), not_before);
}

void Intake::deliver(std::variant<Admitted, LeftAlone> decision, std::optional<TimePoint> not_before) {
    if (const auto* left = std::get_if<LeftAlone>(&decision)) {
        Left& entry = left_now_[left->reason];
        ++entry.count;
        entry.expected = left->expected;
        return;
    }
    auto& admitted = std::get<Admitted>(decision);
    if (!membership_.has(admitted.waiting.shard)) return;  // a peer's
    if (not_before) admitted.waiting.not_before = std::max(admitted.waiting.not_before, *not_before);
    lanes_.at(admitted.channel)->offer(std::move(admitted.waiting));
}

TimePoint Intake::first_seen(MessageId id, TimePoint now) {
    // Forgetting costs a message another rest, no more.
    if (first_seen_.size() >= first_seen_max) first_seen_.clear();
    return first_seen_.try_emplace(id, now).first->second;
}

Check Intake::check() const {
    Check check{.name = "intake"};
    if (!trouble_.empty()) {
        check.health = Health::critical;
        check.text = "cannot read due messages: " + trouble_;
        return check;
    }
    if (held_) {
        check.health = Health::warning;
        check.text = "nothing leaves: " + *held_;
        return check;
    }
    for (const auto& [reason, left] : left_) {
        if (!left.expected) check.health = Health::warning;
        if (!check.text.empty()) check.text += "; ";
        check.text += fmt::format("{} left waiting: {}", left.count, reason);
    }
    if (check.text.empty()) check.text = "all due messages are in their lanes";
    return check;
}

}  // namespace postrider
