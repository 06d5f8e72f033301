#include "lib/dispatch/dispatcher.h"

#include "lib/async/deadline.h"
#include "lib/log/log.h"

#include <algorithm>

namespace postrider {

namespace {

constexpr std::chrono::seconds last_words_max{5};  // for recording and leaving at the end

}  // namespace

Dispatcher::Dispatcher(DispatcherParts parts, DispatchSettings settings, IntakeTimes intake_times,
                       LaneLimits lane_limits, MembershipTimes membership_times)
    : parts_(parts),
      lane_limits_(lane_limits),
      preparer_(parts.privacy, parts.media, parts.links, parts.suppressions),
      recorder_(parts.executor, parts.outbox, parts.clock, parts.spool),
      membership_(
          parts.memberships, parts.clock,
          {.on_change = [this] { on_shards_changed(); },
           .in_flight =
               [this](int shard) {
                   return std::any_of(lanes_.begin(), lanes_.end(),
                                      [&](const auto& lane) { return lane.second->in_flight(shard); }) ||
                          std::any_of(retired_.begin(), retired_.end(),
                                      [&](const auto& lane) { return lane.second->in_flight(shard); });
               }},
          membership_times, parts.since_boot),
      admission_({}, parts.privacy),
      intake_(parts.executor, parts.clock, parts.outbox, admission_, lanes_, membership_, intake_times),
      reconciler_({parts.executor, parts.clock, parts.random, parts.outbox, recorder_, parts.privacy, lanes_,
                   retired_, lane_limits.backoff}),
      suspensions_(parts.executor, parts.clock, parts.outbox, lanes_),
      taking_(parts.executor),
      living_(parts.executor) {
    apply(std::move(settings));
}

LaneParts Dispatcher::lane_parts() {
    return {
        .executor = parts_.executor,
        .clock = parts_.clock,
        .random = parts_.random,
        .outbox = parts_.outbox,
        .recorder = recorder_,
        .preparer = preparer_,
        .membership = membership_,
        .shared_rates = shared_rates_,
        .readmit = [this](OutgoingMessage row, TimePoint first_seen,
                          TimePoint not_before) { intake_.readmit(std::move(row), first_seen, not_before); },
        .on_room = [this] { intake_.on_room(); },
        .on_doubt = [this] { reconciler_.look(); },
        .metrics = parts_.metrics};
}

AdmissionRules admission_rules(const DispatchSettings& settings) {
    AdmissionRules rules;
    rules.settle = settings.settle;
    rules.routes = settings.routes;
    rules.phone_region = settings.phone_region;
    rules.only_to = settings.only_to;
    for (const ChannelSetup& setup : settings.channels) {
        rules.channels.push_back(setup.channel);
        if (!setup.transport) continue;
        const MediaLimits limits = setup.transport->media_limits();
        const auto& hold = limits.fetched && settings.fetch_hold ? settings.fetch_hold : settings.media_hold;
        if (hold && limits.files_max > 0) rules.media_holds.emplace(setup.channel.name, *hold);
    }
    return rules;
}

void Dispatcher::apply(DispatchSettings settings) {
    AdmissionRules rules = admission_rules(settings);
    limits_ = std::move(settings.limits);
    share_rates();
    Lanes before = std::move(lanes_);
    lanes_.clear();
    for (ChannelSetup& setup : settings.channels) {
        const std::string name = setup.channel.name;
        if (!setup.transport) continue;
        for (Lanes* known : {&before, &retired_}) {
            const auto found = known->find(name);
            if (found == known->end()) continue;
            found->second->reconfigure(std::move(setup.channel), std::move(setup.transport));
            lanes_.insert(known->extract(found));
        }
        if (lanes_.contains(name)) continue;
        auto lane = std::make_unique<Lane>(std::move(setup.channel), std::move(setup.transport), lane_parts(),
                                           lane_limits_);
        if (started_) taking_.spawn("lane " + name, lane->run());
        lanes_.emplace(name, std::move(lane));
    }
    for (auto& [name, lane] : before) retired_.emplace(name, std::move(lane));
    suspensions_.tell_lanes();
    admission_.set_rules(std::move(rules));
    // Whatever waits was admitted by the old rules: it is read again, and judged by the new ones.
    for (auto& [name, lane] : retired_) lane->forget_waiting();
    intake_.hold(std::move(settings.hold));
}

void Dispatcher::reconfigure(DispatchSettings settings) {
    if (!stopping_) apply(std::move(settings));
}

void Dispatcher::start() {
    started_ = true;
    living_.spawn("recorder", recorder_.run());
    living_.spawn("result keeper", recorder_.keep_safe());
    living_.spawn("membership", membership_.run());
    taking_.spawn("intake", intake_.run());
    taking_.spawn("reconciler", reconcile());
    taking_.spawn("suspensions", suspensions_.run());
    for (auto& [name, lane] : lanes_) taking_.spawn("lane " + name, lane->run());
}

/// An open attempt whose result is in the spool is not in doubt.
Task<> Dispatcher::reconcile() {
    co_await recorder_.wait_for_spool();
    co_await reconciler_.run();
}

Task<> Dispatcher::stop(std::chrono::milliseconds grace, std::function<Task<>()> before_leaving) {
    const TimePoint grace_ends = parts_.clock.now() + grace;
    stopping_ = true;
    taking_.cancel();
    co_await taking_.join();

    TaskGroup draining(parts_.executor);
    std::size_t cut = 0;
    const auto drain = [](Lane& lane, std::chrono::milliseconds limit, std::size_t& count) -> Task<> {
        count += co_await lane.drain(limit);
    };
    // Of which a database that hangs may have used up some by now.
    const auto left = std::chrono::floor<std::chrono::milliseconds>(grace_ends - parts_.clock.now());
    grace = std::clamp(left, std::chrono::milliseconds{0}, grace);
    for (Lanes* lanes : {&lanes_, &retired_}) {
        for (auto& [name, lane] : *lanes) draining.spawn("drain " + name, drain(*lane, grace, cut));
    }
    co_await draining.join();
    if (cut > 0) log::warn("sends were cut short; the journal keeps them", {{"messages", cut}});

    const bool recorded = co_await ends_within(parts_.clock, last_words_max, recorder_.drain());
    if (!recorded) {
        log::error(
            "results could not be recorded; those in the spool are recorded at the next start, of the "
            "others the journal keeps the attempts open",
            {{"results", recorder_.pending()}, {"in_spool", recorder_.safe()}});
    }
    if (before_leaving) co_await before_leaving();
    living_.cancel();
    co_await living_.join();
    std::exception_ptr failure;
    try {
        co_await ends_within(parts_.clock, last_words_max, membership_.leave());
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) log::warn("could not sign off; peers will notice", {{"error", describe(failure)}});
}

void Dispatcher::cut_short() {
    for (Lanes* lanes : {&lanes_, &retired_}) {
        for (auto& [name, lane] : *lanes) lane->cut();
    }
}

void Dispatcher::share_rates() {
    for (const Limit& limit : limits_) {
        auto& rate = shared_rates_[limit.name];
        if (!rate) rate = std::make_shared<SharedRate>();
        rate->set_rate(limit.rate.per_second() * membership_.share());
    }
}

void Dispatcher::on_shards_changed() {
    share_rates();
    for (Lanes* lanes : {&lanes_, &retired_}) {
        for (auto& [name, lane] : *lanes) lane->on_shards_changed();
    }
    intake_.look_again();
    reconciler_.look();
}

Lane::Backlog Dispatcher::backlog() const {
    Lane::Backlog all;
    for (const auto& [name, lane] : lanes_) {
        const Lane::Backlog one = lane->backlog();
        all.due += one.due;
        all.lag = std::max(all.lag, one.lag);
    }
    return all;
}

std::vector<Check> Dispatcher::checks() const {
    std::vector<Check> checks;
    if (auto check = suspensions_.check()) checks.push_back(std::move(*check));
    checks.push_back(membership_.check());
    checks.push_back(intake_.check());
    for (const auto& [name, lane] : lanes_) checks.push_back(lane->check());
    checks.push_back(recorder_.check());
    checks.push_back(reconciler_.check());
    return checks;
}

}  // namespace postrider
