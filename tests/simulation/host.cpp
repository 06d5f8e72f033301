#include "tests/simulation/host.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::simulation {

namespace {

/// Unwinding a dead daemon takes some of its time-outs; more than this would be a hang.
constexpr int unwinding_wakes_max = 10000;

DispatchSettings settings_of(Line& line, const std::vector<Route>& routes) {
    DispatchSettings settings;
    for (const Route& route : routes) {
        settings.channels.push_back(
            {route.channel, std::make_shared<SimulatedTransport>(line, *route.provider, route.units_max)});
    }
    return settings;
}

LaneLimits limits(const WindowLimits& window) {
    LaneLimits limits;
    limits.window = window;
    limits.backoff.max = std::chrono::seconds{40};
    return limits;
}

}  // namespace

struct Host::Life {
    Life(World& world, Disk& disk, const std::vector<Route>& routes, const WindowLimits& window,
         std::chrono::microseconds skew)
        : clock(io.get_executor(), world.now() + skew),
          steady(io.get_executor(), world.now()),
          random(world.chance.below(SIZE_MAX)),
          line(world, steady),
          link(io.get_executor(), line),
          outbox(io.get_executor(), line, [this] { return link.daemon(); }),
          spool(io.get_executor(), line, disk),
          dispatcher({io.get_executor(), clock, random, outbox, link, privacy,
                      [this] { return steady.now().time_since_epoch(); }, &spool},
                     settings_of(line, routes), {}, limits(window)),
          stopping(io.get_executor()) {}

    static Task<> stop(Dispatcher& dispatcher, std::chrono::milliseconds grace, bool& stopped) {
        co_await dispatcher.stop(grace);
        stopped = true;
    }

    boost::asio::io_context io{1};
    testing::ManualClock clock;
    testing::ManualClock steady;
    DaemonChance random;
    Privacy privacy{std::nullopt, Secret("salt")};
    Line line;
    SimulatedMembership link;
    SimulatedOutbox outbox;
    SimulatedSpool spool;
    Dispatcher dispatcher;
    TaskGroup stopping;
    bool stopped = false;
};

Host::Host(World& world, std::string name, std::vector<Route> routes, const WindowLimits& window)
    : world_(world), name_(std::move(name)), routes_(std::move(routes)), window_(window) {}

Host::~Host() {
    if (life_) crash();
}

void Host::start() {
    if (life_) return;
    world_.tell(name_ + " starts");
    frozen_ = false;
    ++lives_;
    life_ = std::make_unique<Life>(world_, disk_, routes_, window_, skew_);
    life_->line.on_moment = [this](Moment moment) {
        const bool strikes = ambush_ && ambush_->moment == moment;
        struck_ |= strikes;
        return strikes;
    };
    life_->dispatcher.start();
    life_->dispatcher.intake().set_doorbell(true);
}

void Host::crash() {
    if (!life_) return;
    world_.tell(name_ + " crashes");
    life_->line.dead = true;  // before any of its frames is unwound
    life_->link.end_session();
    end_life();
}

void Host::stop_gently() {
    if (!life_ || life_->stopping.size() > 0) return;
    world_.tell(name_ + " is asked to stop");
    life_->stopping.spawn("stop", Life::stop(life_->dispatcher, std::chrono::seconds{10}, life_->stopped));
}

void Host::freeze() {
    if (!life_) return;
    world_.tell(name_ + " is frozen");
    frozen_ = true;
}

void Host::thaw() {
    if (!frozen_) return;
    world_.tell(name_ + " thaws");
    frozen_ = false;
}

void Host::set_skew(std::chrono::microseconds skew) {
    if (skew != skew_) world_.tell(fmt::format("{} is {} ms ahead", name_, skew.count() / 1000));
    skew_ = skew;
}

void Host::cut() {
    if (!life_) return;
    world_.tell(name_ + " is cut from the database");
    life_->line.cut = true;
    life_->link.end_session();
    life_->dispatcher.intake().set_doorbell(false);
}

void Host::mend() {
    if (!life_ || !life_->line.cut) return;
    world_.tell(name_ + " has the database again");
    life_->line.cut = false;
    life_->dispatcher.intake().set_doorbell(true);
}

void Host::disarm() {
    crashes_in.reset();
    ambush_.reset();
    struck_ = false;
}

void Host::ring(TimePoint from) {
    if (life_ && !life_->line.cut) life_->dispatcher.intake().ring(from);
}

bool Host::step() {
    if (!life_ || frozen_) return false;
    life_->io.restart();
    if (life_->io.poll_one() == 0) {
        if (!life_->stopped) return false;
        world_.tell(name_ + " has stopped");
        life_->link.end_session();
        life_->line.dead = true;
        end_life();
        return true;
    }
    if (crashes_in && (*crashes_in)-- == 0) {
        crashes_in.reset();
        crash();
    }
    if (struck_) {
        const auto blow = std::move(ambush_->blow);
        ambush_.reset();
        struck_ = false;
        blow();
    }
    return true;
}

TimePoint Host::next_at() const {
    if (!life_ || frozen_) return TimePoint::max();
    TimePoint next = life_->steady.next_at().value_or(TimePoint::max());
    if (const auto other = life_->clock.next_at(); other && *other != TimePoint::max()) {
        next = std::min(next, *other - skew_);
    }
    return next;
}

void Host::sync_clocks() {
    if (!life_ || frozen_) return;
    life_->steady.advance_to(world_.now());
    life_->clock.advance_to(std::max(life_->clock.now(), world_.now() + skew_));
}

/// Its tasks are cancelled and their frames unwound; nothing of that is seen outside.
void Host::end_life() {
    Life& life = *life_;
    life.link.die();
    life.outbox.die();
    if (life.stopping.size() > 0) {
        life.dispatcher.cut_short();
    } else if (!life.stopped) {
        life.stopping.spawn("unwind",
                            Life::stop(life.dispatcher, std::chrono::milliseconds{0}, life.stopped));
    }
    for (int i = 0; i < unwinding_wakes_max; ++i) {
        life.io.restart();
        life.io.poll();
        if (life.stopped && life.stopping.size() == 0) break;
        if (const auto next = life.clock.next_at()) life.clock.advance_to(std::max(*next, life.clock.now()));
        if (const auto next = life.steady.next_at())
            life.steady.advance_to(std::max(*next, life.steady.now()));
    }
    life.io.restart();
    life.io.poll();
    if (!life.stopped) world_.violation(name_ + " cannot be unwound");
    life_.reset();
}

}  // namespace postrider::simulation
