#pragma once

#include "lib/async/wakeup.h"
#include "lib/dispatch/admission.h"
#include "lib/dispatch/lane.h"
#include "lib/dispatch/outbox.h"
#include "lib/dispatch/reading_plan.h"
#include "lib/health/check.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace postrider {

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
    /// Without a doorbell all is read, and more often.
    void set_doorbell(bool works);
    /// Nothing is read while this is set (`delivery: hold`).
    void hold(std::optional<std::string> reason);

    /// A row whose claim was not granted, or that waits for another try, as it is now.
    void readmit(OutgoingMessage row, TimePoint first_seen, TimePoint not_before);

    /// When it last came round, by the clock: it does with every page, and when reading fails.
    TimePoint last_turn() const { return last_turn_; }
    Check check() const;

private:
    bool reads() const;
    std::optional<ReadingPlan::Page> next_page();
    Task<> read(ReadingPlan::Page page);
    std::optional<LeftAlone> admit(OutgoingMessage row, Lane::Before before);
    bool nobody_wants(MessageKey key) const;
    /// Tells what stays where it is.
    std::optional<LeftAlone> deliver(std::variant<Admitted, LeftAlone> decision, TimePoint not_before,
                                     Lane::Before before);
    TimePoint first_seen(MessageId id, TimePoint now);

    Clock& clock_;
    Outbox& outbox_;
    Admission& admission_;
    Lanes& lanes_;
    const Membership& membership_;
    IntakeTimes times_;
    Wakeup wakeup_;
    TimePoint last_turn_;
    ReadingPlan plan_;
    std::optional<std::string> held_;
    std::unordered_map<MessageId, TimePoint> first_seen_;
    struct Left {
        std::size_t count = 0;
        bool expected = false;
    };
    std::map<std::string, Left> left_;      // by reason, of the last reading of all
    std::map<std::string, Left> left_now_;  // of the one under way
    std::string trouble_;
};

}  // namespace postrider
