#pragma once

#include "lib/dispatch/message_keys.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace postrider {

struct IntakeTimes {
    /// How far ahead rows are read, so that a timer, not a query, starts them.
    std::chrono::milliseconds horizon{60000};
    /// How often what is due about now is read again, whatever rang, and all of it where that costs
    /// little: the safety net.
    std::chrono::milliseconds poll_every{5000};
    /// How often all is read while the doorbell is out of order.
    std::chrono::milliseconds poll_without_doorbell{1000};
    /// No reading of all takes more than one part in so many of the time, of what is due about now one in
    /// so many; but for the longest that they wait.
    int share_of_all = 20;
    int share_of_near = 5;
    std::chrono::milliseconds all_every_max = std::chrono::minutes{5};
    std::chrono::milliseconds near_every_max{20000};
};

/// What of the due rows is to be read next, page by page, so that nothing urgent waits for more than
/// the page under way, however many rows are due:
/// - rung: what somebody has just written, or changed;
/// - near: what is due about now, and until the horizon, every few seconds;
/// - refill: what did not fit into a lane that has room again;
/// - all: the safety net, and where the rows that lanes leave alone are counted.
/// Of eight pages one at least is not urgent, and of eight of these one is of the reading of all.
/// Pure: time comes in as an argument. One page is out at a time.
class ReadingPlan {
public:
    explicit ReadingPlan(const IntakeTimes& times) : times_(times) {}

    /// Rows due from then on have come or changed.
    void ring(TimePoint from);
    /// All is to be read at once: nobody knows any more what he has read.
    void start_over();
    /// Somebody waits for the next reading of all: no more rest before it than the last one took.
    void hurry();
    /// Rows have come or changed that were not read yet.
    bool rung() const { return rung_.has_value(); }
    /// Without it, all is read for want of knowing what is new.
    void set_doorbell(bool works) { doorbell_works_ = works; }
    bool doorbell_works() const { return doorbell_works_; }

    enum class Kind { rung, near, refill, all };
    struct Page {
        Kind kind = Kind::all;
        MessageKey after;
        bool first = false;      ///< of the reading of all
        std::uint64_t plan = 0;  ///< start_over makes another
    };
    /// `refill_from`: the first row that a lane with room lacks, if one does.
    std::optional<Page> next(TimePoint now, std::optional<MessageKey> refill_from);
    /// It was read between these moments, up to `last`; nullopt: there was no more of it.
    void done(const Page& page, std::optional<MessageKey> last, TimePoint began, TimePoint ended);
    /// When there is something to read again, if nobody rings.
    TimePoint next_at() const { return doorbell_works_ ? std::min(near_.next, all_.next) : all_.next; }
    /// Whether the page is still of the plan.
    bool valid(const Page& page) const { return page.plan == plan_; }

private:
    /// A reading that comes round.
    struct Round {
        std::optional<MessageKey> after;  // while it is under way
        TimePoint next = TimePoint::min();
        TimePoint began;
        TimePoint ended = TimePoint::min();
        std::chrono::microseconds spent{0};
    };
    bool has_urgent(TimePoint now) const;
    Page take_urgent(TimePoint now);
    Page take_background(TimePoint now, std::optional<MessageKey> refill_from);
    static void begin(Round& round, MessageKey after, TimePoint now);
    static void end(Round& round, std::chrono::microseconds every, int share, std::chrono::microseconds most,
                    TimePoint now);

    IntakeTimes times_;
    bool doorbell_works_ = false;
    std::optional<MessageKey> rung_;
    Round near_;
    TimePoint near_known_until_ = TimePoint::max();  // when its last reading began
    Round all_;
    int urgent_in_a_row_ = 0;
    int refills_in_a_row_ = 0;
    std::uint64_t plan_ = 0;
};

}  // namespace postrider
