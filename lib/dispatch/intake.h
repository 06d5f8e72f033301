#pragma once

#include "lib/async/wakeup.h"
#include "lib/dispatch/admission.h"
#include "lib/dispatch/lane.h"
#include "lib/dispatch/outbox.h"
#include "lib/health/check.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace postrider {

struct IntakeTimes {
    /// How far ahead rows are read, so that a timer, not a query, starts them.
    std::chrono::milliseconds horizon{60000};
    /// How often all is read again, whatever rang: the safety net.
    std::chrono::milliseconds poll_every{5000};
    /// The same while the doorbell is out of order.
    std::chrono::milliseconds poll_without_doorbell{1000};
};

using Lanes = std::map<std::string, std::unique_ptr<Lane>>;

/// Learns of due messages and hands them to their lanes. A wake-up is a hint; truth is the query.
class Intake {
public:
    Intake(Executor executor, Clock& clock, Outbox& outbox, Admission& admission, Lanes& lanes,
           const Membership& membership, IntakeTimes times = {});

    /// Reads until cancelled.
    Task<> run();

    /// Rows due from `from` on have come or changed.
    void ring(TimePoint from);
    /// Reads all again: lanes, shards or rules changed.
    void look_again();
    /// A lane has room for what did not fit before.
    void on_room() { wakeup_.ring(); }
    /// Without a doorbell the poll is quicker.
    void set_doorbell(bool works);
    /// Nothing is read while this is set (`delivery: hold`).
    void hold(std::optional<std::string> reason);

    /// A row whose claim was not granted, or that waits for another try, as it is now.
    void readmit(OutgoingMessage row, TimePoint first_seen, TimePoint not_before);

    /// When it last came round, by the clock: it does at every poll, also when reading fails.
    TimePoint last_turn() const { return last_turn_; }
    Check check() const;

private:
    Task<> look(MessageKey from, bool whole);
    void admit(OutgoingMessage row);
    std::optional<MessageKey> next_from();
    bool nobody_wants(MessageKey key) const;
    void deliver(std::variant<Admitted, LeftAlone> decision, std::optional<TimePoint> not_before);
    TimePoint first_seen(MessageId id, TimePoint now);

    Clock& clock_;
    Outbox& outbox_;
    Admission& admission_;
    Lanes& lanes_;
    const Membership& membership_;
    IntakeTimes times_;
    Wakeup wakeup_;
    TimePoint last_turn_;
    TimePoint next_poll_ = TimePoint::min();
    std::uint64_t generation_ = 0;    // counts look_again()
    std::optional<MessageKey> from_;  // the earliest of what was rung for
    bool doorbell_works_ = false;
    std::optional<std::string> held_;
    std::unordered_map<MessageId, TimePoint> first_seen_;
    struct Left {
        std::size_t count = 0;
        bool expected = false;
    };
    std::map<std::string, Left> left_;      // by reason, of the last whole reading
    std::map<std::string, Left> left_now_;  // of the reading under way
    std::string trouble_;
};

}  // namespace postrider
