#pragma once

#include "lib/async/task_group.h"
#include "lib/async/wakeup.h"
#include "lib/dispatch/call_slots.h"
#include "lib/dispatch/follow_up.h"
#include "lib/dispatch/lane_gate.h"
#include "lib/dispatch/lane_pace.h"
#include "lib/dispatch/lane_window.h"
#include "lib/dispatch/membership.h"
#include "lib/dispatch/missed_conversations.h"
#include "lib/dispatch/outbox.h"
#include "lib/dispatch/preparer.h"
#include "lib/dispatch/recorder.h"
#include "lib/dispatch/transport.h"
#include "lib/dispatch/waiting_ages.h"
#include "lib/health/check.h"
#include "lib/health/metrics.h"
#include "lib/model/channel.h"
#include "lib/schedule/random.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

struct LaneLimits {
    WindowLimits window;
    std::size_t claim_max = 1000;  ///< rows in one claim
    /// So long before its moment a message is claimed where there is room, and then waits unsent: so that
    /// its moment finds the journal written. What somebody changes in its row meanwhile comes too late.
    std::chrono::milliseconds claim_ahead{15};
    /// What waits for its next try, or for its recipient's, for longer than this, is parked.
    std::chrono::milliseconds park_from{5000};
    /// After which a send that has not come back is cut off and taken as in doubt.
    std::chrono::milliseconds send_max{20000};
    /// After which a row that was locked, or an attempt on a database that was away, is tried again.
    std::chrono::milliseconds locked_wait{50};
    /// How often a message whose attempt is open, in doubt or a peer's, is looked at.
    std::chrono::milliseconds open_wait{500};
    std::chrono::milliseconds database_wait{1000};
    Backoff backoff;
    BreakerLimits breaker;
};

/// What a lane works with; all of it outlives the lane.
struct LaneParts {
    Executor executor;
    Clock& clock;
    Random& random;
    Outbox& outbox;
    Recorder& recorder;
    Preparer& preparer;
    const Membership& membership;
    const SharedRates& shared_rates;
    /// Rows that were not granted, as they are now: they are admitted anew, and may go elsewhere.
    std::function<void(OutgoingMessage row, TimePoint first_seen, TimePoint not_before)> readmit;
    /// The window has room again for what did not fit.
    std::function<void()> on_room;
    /// An attempt of this lane is in doubt: the provider's records are to be asked.
    std::function<void()> on_doubt;
    Metrics* metrics = nullptr;  ///< none: nothing is measured
};

/// The running side of a channel. Takes messages whose moment has come, claims them, sends them,
/// and has recorded what happened; nothing of another lane can hold it up.
class Lane {
public:
    Lane(Channel channel, std::shared_ptr<Transport> transport, LaneParts parts, LaneLimits limits = {});

    /// What whoever offers a message knows of those before it.
    enum class Before {
        being_read,  ///< all rows before it were read just now, from the first on
        remembered,  ///< those that were read are all there are
        unknown,     ///< some have come that were not read yet
    };
    void offer(Waiting waiting, Before before = Before::remembered);

    /// Works until cancelled; then takes nothing new. What is under way goes on: see `drain`.
    Task<> run();
    /// Lets what is under way end, and cuts it short after `grace`. Returns how many were cut.
    Task<std::size_t> drain(std::chrono::milliseconds grace);

    /// Cuts short what is under way; the journal keeps it.
    void cut() { tasks_.cancel(); }

    /// New settings: for the next send on. Lifts a stop.
    void reconfigure(Channel channel, std::shared_ptr<Transport> transport);
    /// Nothing more is claimed until it is over, or taken back by nullopt; what is under way ends.
    void suspend(std::optional<Suspension> suspension);
    /// Shards came or went: what is no longer ours is forgotten, what is in flight ends.
    void on_shards_changed();
    /// Forgets everything that waits: it will be offered again.
    void forget_waiting();
    /// The same, and takes in only what is offered in order from the very first row on: nobody knows
    /// any more what may wait before the others.
    void miss_all();

    /// From where messages must be read that did not fit, or were forgotten, if there is room for them:
    /// from half empty until full.
    std::optional<MessageKey> refill_from() const { return has_room() ? missed_from_ : std::nullopt; }
    /// All rows after `after` and before `next` (nullopt: all that are due soon) are being offered. Where
    /// they begin at what is missing, or before, what is missing begins at `next`.
    void on_offered(MessageKey after, std::optional<MessageKey> next);
    bool full() const { return missed_from_.has_value(); }
    /// All rows are being read, from the first on; and: there is no more of them.
    void begin_reading() {
        if (curious_) missed_.begin_reading();
    }
    void end_reading() { missed_.end_reading(); }
    /// Something urgent had to wait because nobody knows what is before it.
    bool curious() const { return curious_ && !missed_.known(); }
    /// Whether a message after `key` would be taken in.
    bool wants_after(MessageKey key) const { return !missed_from_ || key < *missed_from_ || curious_; }
    bool holds(const OutgoingMessage& row) const { return window_.holds(row); }
    /// The messages of whose open attempts this lane knows what becomes.
    std::vector<MessageId> in_hand() const { return window_.in_hand(); }
    bool in_flight(int shard) const;
    std::size_t waiting_count() const { return window_.size() - window_.taken().size(); }

    const Channel& channel() const { return channel_; }
    std::shared_ptr<Transport> transport() const { return transport_; }
    Check check() const;
    /// Messages that are due and not yet sent, and how long the first of them has been.
    struct Backlog {
        std::size_t due = 0;
        std::chrono::microseconds lag{0};
        WaitingAges::Counts ages{};
    };
    Backlog backlog() const;

private:
    using Batch = std::vector<Prepared>;

    void start_ready();
    void begin(std::vector<Waiting> ready, std::size_t per_call, std::shared_ptr<CallSlots> claiming);
    std::optional<TimePoint> next_moment(TimePoint now) const;
    std::vector<Waiting> take_ready(std::size_t room);
    std::optional<TimePoint> next_look();
    bool has_room() const { return refills_ || window_.half_empty(); }
    bool may_go_ahead(const Waiting& waiting, Before before);
    std::vector<Waiting> parked_behind(const Waiting& waiting, std::size_t limit) const;
    bool suspended() const { return suspension_ && !suspension_->over(parts_.clock.now()); }
    std::size_t room() const;

    Task<> process(std::vector<Waiting> ready, std::shared_ptr<CallSlots> slots,
                   std::shared_ptr<CallSlots> claiming);
    Task<std::map<MessageId, std::vector<Media>>> read_media(const std::vector<Waiting>& ready);
    Task<std::vector<Claim>> claim(const Batch& batch, TimePoint moment);
    Task<> look_at(std::vector<Waiting> open);
    Task<> settle_unclaimed(std::vector<Waiting> unclaimed, std::uint64_t generation);
    void ask_again(Waiting waiting, std::uint64_t generation);
    void let_go(std::vector<Waiting> dropped);
    Task<> withdraw(std::vector<std::string> keys);
    Task<> settle_foregone(Batch foregone);
    Task<> send(Batch batch, std::shared_ptr<CallSlots> slots, std::uint64_t life);
    Task<std::vector<Outcome>> ask_transport(const Batch& batch, std::uint64_t life);
    /// `tells`: the outcomes say something of the channel as it is now.
    Task<> finish(Batch batch, std::vector<Outcome> outcomes, bool tells);
    void measure_claimed(const Batch& batch) const;
    void measure_request(const Prepared& prepared, const Outcome& outcome, TimePoint now) const;
    FollowUp next_step(const Prepared& prepared, const Outcome& outcome, TimePoint now);
    void go_on_after(Prepared prepared, const Outcome& outcome, const FollowUp& next, TimePoint ended);
    void keep_place(Waiting waiting, TimePoint now);
    void let_free(const Waiting& waiting);
    void miss_from(MessageKey key, bool room);

    Channel channel_;
    std::shared_ptr<Transport> transport_;
    LaneParts parts_;
    LaneLimits limits_;
    LaneWindow window_;
    LanePace pace_;
    LaneGate gate_;
    ChannelMeter* meter_;  // none: nothing is measured
    TaskGroup tasks_;
    Wakeup wakeup_;
    std::optional<MessageKey> missed_from_;  // the first that is not known to be here
    bool refills_ = false;                   // what is missing is being offered
    MissedConversations missed_;             // from there on
    bool curious_ = false;                   // something urgent was
    bool drained_ = false;
    std::uint64_t generation_ = 0;  // counts how often all that waits was forgotten
    std::size_t calls_in_flight_ = 0;
    std::size_t looks_ = 0;   // messages that are being read again
    std::size_t claims_ = 0;  // under way
    std::optional<Suspension> suspension_;
    std::uint64_t sent_ = 0;
    std::uint64_t given_up_ = 0;
};

}  // namespace postrider
