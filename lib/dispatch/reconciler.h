#pragma once

#include "lib/async/task_group.h"
#include "lib/async/wakeup.h"
#include "lib/dispatch/intake.h"
#include "lib/dispatch/outbox.h"
#include "lib/dispatch/recorder.h"
#include "lib/health/check.h"
#include "lib/schedule/backoff.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace postrider {

/// What the reconciler works with; all of it outlives it.
struct ReconcilerParts {
    Executor executor;
    Clock& clock;
    Random& random;
    Outbox& outbox;
    Recorder& recorder;
    Privacy& privacy;
    const Lanes& lanes;
    const Lanes& retired;
    Backoff backoff;
};

/// Takes up attempts in doubt, of this daemon and of those that have ended: nobody knows whether the
/// provider accepted them. Where the provider keeps records they decide; where it recognises a key
/// that comes again, the request is repeated; else the channel's `on_doubt` decides. Until then the
/// attempt stays open, and its message keeps its place in its lane.
class Reconciler {
public:
    explicit Reconciler(ReconcilerParts parts);

    /// Works until cancelled.
    Task<> run();
    /// A doubt arose, shards came to us, or a peer died.
    void look() { wakeup_.ring(); }

    Check check() const;

private:
    using Doubts = std::vector<Doubt>;
    struct Open {
        TimePoint since = TimePoint::min();
        TimePoint looked = TimePoint::min();  // when we last began to look into it
    };

    Task<> look_on();
    Task<> take_up();
    Task<> settle_reported(Doubts& doubts);
    Task<> resolve_channel(std::string channel, Doubts doubts);
    Task<> resolve_destination(const Lane& lane, Address destination, Doubts doubts);
    Task<std::optional<std::vector<ProviderRecord>>> ask_provider(const Lane& lane,
                                                                  const Address& destination,
                                                                  const Doubts& doubts);
    Task<> match(const Lane& lane, const Address& destination, std::vector<ProviderRecord> records,
                 Doubts doubts, TimePoint asked_at);
    Task<> conclude(const Channel& channel, const Doubt& doubt, Outcome outcome, Remedy remedy);
    Task<> conclude_unasked(const Channel& channel, const Doubt& doubt, std::string why);
    std::vector<MessageId> in_hand() const;
    bool begin_look(const Doubts& doubts);
    bool worth_a_look(const Doubt& doubt) const;
    Task<bool> still_due(const Doubt& doubt);
    bool may_still_leave(const Doubt& doubt) const;
    TimePoint judgement(const Doubt& doubt) const;

    ReconcilerParts parts_;
    Wakeup wakeup_;
    std::map<AttemptId, Open> open_;               // as of the last turn
    TimePoint next_judgement_ = TimePoint::max();  // of these, the first that is still to come
    std::map<std::string, std::string> trouble_;   // by channel: why its provider's records cannot be had
    std::set<std::string> busy_;                   // channels that are being looked into
    TaskGroup channels_;
};

}  // namespace postrider
