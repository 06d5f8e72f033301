#pragma once

#include "lib/async/task_group.h"
#include "lib/dispatch/admission.h"
#include "lib/dispatch/intake.h"
#include "lib/dispatch/lane.h"
#include "lib/dispatch/membership.h"
#include "lib/dispatch/preparer.h"
#include "lib/dispatch/reconciler.h"
#include "lib/dispatch/recorder.h"
#include "lib/dispatch/suspension_watch.h"
#include "lib/health/check.h"

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace postrider {

/// What the way out is built on; all of it outlives the dispatcher.
struct DispatcherParts {
    Executor executor;
    Clock& clock;
    Random& random;
    Outbox& outbox;
    MembershipStore& memberships;
    Privacy& privacy;
    std::function<SinceBoot()> since_boot = postrider::since_boot;  ///< for the lease
    ResultSpool* spool = nullptr;                                   ///< none: results wait in memory only
    MediaSource* media = nullptr;                                   ///< none: messages with media are refused
    LinkShortening* links = nullptr;                                ///< none: long links stay
    SuppressionList* suppressions = nullptr;                        ///< none: whoever is named gets it
    Metrics* metrics = nullptr;                                     ///< none: nothing is measured
};

struct ChannelSetup {
    Channel channel;
    std::shared_ptr<Transport> transport;  ///< none for some channels that are not served
};

/// What a reload may change.
struct DispatchSettings {
    std::vector<ChannelSetup> channels;
    std::vector<Limit> limits{};  ///< each that a channel names
    std::chrono::milliseconds settle{2000};
    std::optional<std::string> hold;           ///< why nothing may leave
    std::optional<std::set<Address>> only_to;  ///< nothing but to these
    std::optional<std::string> media_hold;     ///< why messages with media wait, if they do
    std::optional<std::string> fetch_hold;     ///< the same, where a provider fetches them
    std::vector<Route> routes{};               ///< which channel, before anything else says it
    std::string phone_region = "US";           ///< of numbers without a country code; the same for life
};

/// What they say of where a message goes, and whether it goes at all.
AdmissionRules admission_rules(const DispatchSettings& settings);

/// The whole way out: Intake → Prepare → Lane → Claim → Transport → Recorder, with the daemon's
/// membership and the reconciler. Runs as well on a store in memory and a simulated clock.
class Dispatcher {
public:
    Dispatcher(DispatcherParts parts, DispatchSettings settings, IntakeTimes intake_times = {},
               LaneLimits lane_limits = {}, MembershipTimes membership_times = {});

    void start();
    /// Takes nothing new, lets sends in flight end within `grace`, records, leaves the ledger.
    /// `before_leaving` is awaited before this daemon signs off: while it still counts as alive.
    Task<> stop(std::chrono::milliseconds grace, std::function<Task<>()> before_leaving = {});
    /// Ends a `stop` under way sooner: sends in flight are cut.
    void cut_short();

    /// Takes over new settings without dropping a send. Once stopping, nothing changes any more.
    void reconfigure(DispatchSettings settings);

    Intake& intake() { return intake_; }
    /// Somebody suspended a channel, or let one go on.
    void on_suspensions_changed() { suspensions_.look(); }
    /// The lane of a channel that is configured.
    const Lane& lane(const std::string& channel) const { return *lanes_.at(channel); }
    /// Messages due and not yet sent, of all lanes.
    Lane::Backlog backlog() const;
    std::vector<Check> checks() const;

private:
    void apply(DispatchSettings settings);
    void on_shards_changed();
    void share_rates();
    Task<> reconcile();
    LaneParts lane_parts();

    DispatcherParts parts_;
    LaneLimits lane_limits_;
    std::vector<Limit> limits_;
    SharedRates shared_rates_;
    Lanes lanes_;
    Lanes retired_;  // of channels that a reload removed: what was in flight still ends
    Preparer preparer_;
    Recorder recorder_;
    Membership membership_;
    Admission admission_;
    Intake intake_;
    Reconciler reconciler_;
    SuspensionWatch suspensions_;
    bool started_ = false;
    bool stopping_ = false;
    TaskGroup taking_;  // what brings new work: ends first
    TaskGroup living_;  // recorder and membership: end last
};

}  // namespace postrider
