#include "tests/simulation/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace postrider::simulation {

namespace {

using namespace std::chrono_literals;

constexpr auto troubled_for = 90s;
constexpr auto seen_before_due = 45s;  // with this lead a message is in memory when it comes due
constexpr auto run_max = 3h;
constexpr auto doubt_max = 130s;  // for a death to be noticed, its requests to end, records to be believed

}  // namespace

Scenario::Scenario(std::uint64_t seed, bool tells_story) : world_(seed, tells_story) {
    calm_at_ = world_.now() + troubled_for;
    skews_ = world_.chance.one_in(3);
    plan_routes();
    plan_hosts();
    plan_messages();
    plan_troubles();
}

void Scenario::plan_routes() {
    const auto add = [&](std::string name, Kind kind, bool healthy) {
        providers_.emplace_back(world_, name, kind, healthy);
        Route route;
        route.channel.name = std::move(name);
        route.channel.is_default = routes_.empty();
        route.channel.order_hold = run_max;  // order is checked to the end
        route.channel.concurrency = static_cast<unsigned>(1 + world_.chance.below(8));
        route.provider = &providers_.back();
        // Long enough for the list, or nobody could tell, unless clocks are wrong by more; short enough
        // for freezes to outlast it.
        if (!skews_ && world_.chance.one_in(2)) {
            route.channel.reconcile_after = 5s;
            providers_.back().list_lag_max = 4s;
        }
        route.units_max = world_.chance.one_in(2) ? 6 : 1000000;
        if (world_.chance.one_in(4)) route.channel.rate = Rate{5, 1s};
        if (world_.chance.one_in(4)) route.channel.ordering = Ordering::none;
        routes_.push_back(std::move(route));
    };
    add("lists", Kind::keeps_records, false);
    add("healthy", Kind::keeps_records, true);
    if (world_.chance.one_in(2)) add("keys", Kind::recognises_keys, false);
    if (world_.chance.one_in(3)) add("silent", Kind::tells_nothing, false);
}

void Scenario::plan_hosts() {
    const std::size_t count = 1 + world_.chance.below(3);
    // Often too narrow for what is due.
    const WindowLimits narrow{.whole = 2 + world_.chance.below(3), .parked = 1, .of_conversation = 1};
    const WindowLimits window = world_.chance.one_in(3) ? narrow : WindowLimits{};
    for (std::size_t i = 0; i < count; ++i)
        hosts_.emplace_back(world_, fmt::format("host{}", i), routes_, window);
    for (Host& host : hosts_) world_.in(world_.chance.span(20s), [&host] { host.start(); });
}

void Scenario::plan_messages() {
    const std::size_t count = 6 + world_.chance.below(16);
    const std::size_t people = 1 + world_.chance.below(5);
    const bool some_are_equal = world_.chance.one_in(4);
    for (std::size_t i = 0; i < count; ++i) {
        Planned message;
        message.route = world_.chance.below(routes_.size());
        message.destination = fmt::format("person{}", world_.chance.below(people));
        message.text = some_are_equal && world_.chance.one_in(2) ? "same" : fmt::format("text{:03}", i);
        if (world_.chance.one_in(3)) message.text += fmt::format(" and {:03} more {:03}", i, i);
        const bool ahead = !world_.chance.one_in(4);
        message.send_date =
            world_.now() + (ahead ? seen_before_due : 0s) + world_.chance.evenly(troubled_for);
        message.in_order = ahead;
        messages_.push_back(std::move(message));
    }
    for (std::size_t i = 0; i < count; ++i) {
        const auto lead = messages_[i].in_order ? seen_before_due : 0s;
        world_.at(messages_[i].send_date - lead, [this, i] { insert(i); });
    }
}

void Scenario::insert(std::size_t i) {
    Planned& message = messages_[i];
    if (world_.database_away) {
        message.in_order = false;
        world_.in(1s, [this, i] { insert(i); });
        return;
    }
    testing::MemoryDatabase::Row row;
    row.destination = message.destination;
    row.text = message.text;
    row.send_date = message.send_date;
    row.ready = !world_.chance.one_in(4);
    row.metadata = fmt::format(R"({{"message_channel": "{}", "priority": {}}})",
                               routes_[message.route].channel.name, world_.chance.one_in(4) ? 5 : 0);
    message.id = world_.database.insert(std::move(row));
    world_.tell(fmt::format("message {} \"{}\" for {} by {}", message.id, message.text, message.destination,
                            routes_[message.route].channel.name));
    ring(message.id);
    if (world_.chance.one_in(4)) plan_meddling(i);
}

void Scenario::ring(MessageId id) {
    const TimePoint from = world_.database.rows.at(id).send_date;
    for (Host& host : hosts_) world_.in(world_.chance.span(50ms), [&host, from] { host.ring(from); });
}

/// What writers do to rows that are on their way.
void Scenario::plan_meddling(std::size_t i) {
    const MessageId id = messages_[i].id;
    const auto original = world_.database.rows.at(id);
    const std::size_t way = world_.chance.below(7);
    // Often just when it is claimed.
    const auto when = messages_[i].send_date + (world_.chance.one_in(3) ? world_.chance.evenly(100ms)
                                                                        : world_.chance.evenly(20s) - 1s);
    world_.at(when, [this, i, id, original, way] {
        auto& rows = world_.database.rows;
        if (!rows.contains(id) || world_.database_away) return;
        switch (way) {
            case 0:  // a save of what was read before: all columns, whatever has happened since
            case 1:
                world_.tell(fmt::format("somebody saves message {} as it was", id));
                world_.database.edit(id, [&](testing::MemoryDatabase::Row& row) {
                    row.sent_date.reset();
                    row.errored = false;
                    row.metadata = original.metadata;
                });
                break;
            case 2:
                if (!rows.at(id).waits()) return;
                messages_[i].touched = messages_[i].moved = true;
                world_.tell(fmt::format("somebody postpones message {}", id));
                world_.database.edit(
                    id, [&](testing::MemoryDatabase::Row& row) { row.send_date = world_.now() + 10s; });
                break;
            case 3:
                messages_[i].touched = true;
                world_.tell(fmt::format("somebody deletes message {}", id));
                world_.database.erase(id);
                return;
            case 4:
            case 5:
                if (!rows.at(id).waits()) return;
                messages_[i].touched = true;
                messages_[i].corrected = fmt::format("corr{:03} for {:03}", i, i);
                world_.tell(fmt::format("somebody corrects message {}", id));
                world_.database.edit(
                    id, [&](testing::MemoryDatabase::Row& row) { row.text = messages_[i].corrected; });
                break;
            default: world_.database.edit(id, [](testing::MemoryDatabase::Row&) {}); break;
        }
        ring(id);
    });
}

void Scenario::disturb(TimePoint from, std::chrono::microseconds span) {
    disturbances_.push_back({from, from + span});
}

void Scenario::plan_troubles() {
    disturb(world_.now(), 60s);  // daemons come up
    for (Host& host : hosts_) {
        const std::size_t troubles = world_.chance.below(4);
        for (std::size_t i = 0; i < troubles; ++i) {
            plan_trouble(host, world_.now() + world_.chance.evenly(troubled_for));
        }
        if (world_.chance.one_in(2)) plan_ambush(host);
        // At any await point: also while it starts.
        if (world_.chance.one_in(2)) {
            disturb(world_.now(), troubled_for + 60s);
            world_.in(world_.chance.evenly(troubled_for), [this, &host] {
                host.crashes_in = world_.chance.below(world_.chance.one_in(2) ? 50 : 2000);
            });
        }
    }
    if (world_.chance.one_in(3)) {  // the server goes away, or is restarted
        const TimePoint when = world_.now() + world_.chance.evenly(troubled_for);
        const auto span = world_.chance.span(40s);
        disturb(when, span + 40s);
        world_.at(when, [this] {
            world_.tell("the database goes away");
            world_.database_away = true;
            for (auto& [id, daemon] : world_.database.daemons) daemon.lock_held = false;
        });
        world_.at(when + span, [this] {
            world_.tell("the database is back");
            world_.database_away = false;
        });
    }
    for (Provider& provider : providers_) {
        if (&provider == &providers_[1] || !world_.chance.one_in(5)) continue;
        world_.in(world_.chance.evenly(troubled_for), [&provider] { provider.refuses_credentials = true; });
        world_.in(world_.chance.evenly(troubled_for), [&provider] { provider.lists = false; });
    }
    // Whoever is down comes up again, until all is calm.
    for (auto after = 5s; after < troubled_for; after += 5s) {
        world_.in(after, [this] {
            for (Host& host : hosts_) {
                if (!host.alive() && !world_.chance.one_in(3)) host.start();
            }
        });
    }
    world_.at(calm_at_, [this] { calm_down(); });
}

void Scenario::plan_trouble(Host& host, TimePoint when) {
    const auto span = world_.chance.span(40s);
    disturb(when - 1s, span + 60s);
    switch (world_.chance.below(skews_ ? 5 : 4)) {
        case 0: world_.at(when, [&host] { host.crash(); }); break;
        case 1: world_.at(when, [this, &host, span] { freeze(host, span); }); break;
        case 2: world_.at(when, [this, &host, span] { cut(host, span); }); break;
        case 3: world_.at(when, [&host] { host.stop_gently(); }); break;
        default:
            disturb(when - 1s, doubt_max);  // to a daemon whose clock jumps, an answer seems overdue
            world_.at(when, [this, &host] {
                host.set_skew(world_.chance.evenly(20s) - world_.chance.evenly(20s));
                host.sync_clocks();
            });
            break;
    }
}

/// Trouble in the midst of a request, and long: until its lease is over, or until a peer may have
/// made it again.
void Scenario::plan_ambush(Host& host) {
    constexpr std::array moments{Moment::read, Moment::claimed, Moment::connecting, Moment::left,
                                 Moment::answered};
    const Moment moment = moments[world_.chance.below(moments.size())];
    const std::size_t way = world_.chance.below(5);
    const bool deletes = world_.chance.one_in(4);
    const auto span = world_.chance.evenly(world_.chance.one_in(2) ? 20s : 100s);
    world_.in(world_.chance.evenly(troubled_for), [this, &host, moment, way, deletes, span] {
        host.lie_in_wait(moment, [this, &host, way, deletes, span] {
            disturb(world_.now() - 1s, span + doubt_max);
            if (deletes) delete_what_is_open();
            if (way == 0) {
                host.crash();
            } else if (way < 3) {
                freeze(host, span);
            } else {
                cut(host, span);
            }
        });
    });
}

/// Then nothing but the journal says that a message of that conversation may still arrive.
void Scenario::delete_what_is_open() {
    if (world_.database_away) return;
    for (Planned& message : messages_) {
        const auto open = world_.database.open.find(message.id);
        if (open == world_.database.open.end() || !world_.rights.knows(open->second.id)) continue;
        if (!world_.database.rows.contains(message.id)) continue;
        message.touched = true;
        world_.tell(fmt::format("somebody deletes message {}", message.id));
        world_.database.erase(message.id);
    }
}

void Scenario::freeze(Host& host, std::chrono::microseconds span) {
    host.freeze();
    world_.in(span, [&host] {
        host.thaw();
        host.sync_clocks();
    });
    // The run does not end before it is seen what it does then; it may have been asked to stop.
    world_.in(span + 40s, [&host] { host.start(); });
}

void Scenario::cut(Host& host, std::chrono::microseconds span) {
    host.cut();
    world_.in(span, [&host] { host.mend(); });
}

void Scenario::calm_down() {
    world_.tell("all is calm");
    if (skews_) disturb(world_.now() - 1s, doubt_max);  // clocks jump back
    world_.database_away = false;
    for (Provider& provider : providers_) {
        provider.refuses_credentials = false;
        provider.lists = true;
        provider.calm = true;
    }
    for (Host& host : hosts_) {
        host.disarm();
        host.mend();
        host.set_skew(0us);
        host.sync_clocks();
    }
    world_.in(30s, [this] {  // whoever was asked to stop has stopped by now
        for (Host& host : hosts_) host.start();
    });
}

std::vector<std::string> Scenario::run() {
    const TimePoint end = world_.now() + run_max;
    while (world_.violations.empty() && world_.now() < end && !is_quiet() && turn()) {
    }
    if (world_.violations.empty()) check();
    return world_.violations;
}

/// One step of somebody, or time goes on.
bool Scenario::turn() {
    const std::size_t first = world_.chance.below(hosts_.size());
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        if (hosts_[(first + i) % hosts_.size()].step()) return true;
    }
    TimePoint next = world_.next_event();
    for (const Host& host : hosts_) next = std::min(next, host.next_at());
    if (next == TimePoint::max()) return false;
    world_.advance_to(next);
    for (Host& host : hosts_) host.sync_clocks();
    return true;
}

bool Scenario::is_quiet() const {
    if (world_.now() < calm_at_ + 40s || world_.next_event() != TimePoint::max()) return false;
    return world_.database.open.empty() &&
           std::all_of(hosts_.begin(), hosts_.end(), [](const Host& host) { return host.disk().empty(); }) &&
           std::none_of(world_.database.rows.begin(), world_.database.rows.end(),
                        [](const auto& row) { return row.second.waits(); });
}

}  // namespace postrider::simulation
