#include "lib/dispatch/membership.h"

#include "lib/health/status_messages.h"
#include "lib/log/log.h"

#include <fmt/format.h>

#include <ctime>

namespace postrider {

SinceBoot since_boot() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

Membership::Membership(MembershipStore& store, Clock& clock, Hooks hooks, MembershipTimes times,
                       std::function<SinceBoot()> now)
    : store_(store), clock_(clock), hooks_(std::move(hooks)), times_(times), now_(std::move(now)) {}

bool Membership::granted() const { return lease_ends_ && now_() < *lease_ends_; }

Task<> Membership::run() {
    for (auto pause = std::chrono::milliseconds{250};; pause = std::min(pause * 2, times_.beat_every)) {
        std::exception_ptr failure;
        try {
            co_await live();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure) {
            if (was_cancelled(failure)) std::rethrow_exception(failure);
            trouble_ = describe(failure);
            log::warn("the database does not answer this daemon's heartbeat", {{"error", trouble_}});
        }
        lose();
        co_await clock_.sleep_until(clock_.now() + pause);
    }
}

/// One life: returns when a peer has declared it over, throws when the database is away.
Task<> Membership::live() {
    auto started = now_();
    const DaemonId id = co_await store_.join();
    log::info("joined the installation", {{"daemon", id}});
    for (;;) {
        Beat beat = co_await store_.beat();
        if (!beat.alive) {
            trouble_ = "a peer declared this daemon dead";
            log::error("a peer declared this daemon dead; joining anew", {{"daemon", id}});
            co_return;
        }
        trouble_.clear();
        lease_ends_ = started + times_.lease;
        const bool changed = beat.shards != shards_ || beat.surplus != surplus_ || !beat.died.empty() ||
                             beat.daemons != daemons_ || beat.place != place_;
        daemons_ = beat.daemons;
        place_ = beat.place;
        shards_ = std::move(beat.shards);
        surplus_ = std::move(beat.surplus);
        for (DaemonId dead : beat.died) log::warn("a daemon has died; taking over", {{"daemon", dead}});
        if (changed) {
            log::info("shards dealt", {{"owned", shards_.size()}, {"daemons", daemons_}});
            hooks_.on_change();
        }
        co_await give_back_surplus();
        co_await clock_.sleep_until(clock_.now() + times_.beat_every);
        started = now_();
    }
}

Task<> Membership::give_back_surplus() {
    std::set<int> idle;
    for (int shard : surplus_) {
        if (!hooks_.in_flight(shard)) idle.insert(shard);
    }
    if (idle.empty()) co_return;
    co_await store_.give_back(idle);
    for (int shard : idle) {
        shards_.erase(shard);
        surplus_.erase(shard);
    }
    hooks_.on_change();
}

std::size_t Membership::part_of(std::size_t calls) const {
    if (daemons_ == 0) return 0;
    const auto up_to = [&](int place) {
        return calls * static_cast<std::size_t>(place) / static_cast<std::size_t>(daemons_);
    };
    return std::max<std::size_t>(up_to(place_ + 1) - up_to(place_), 1);
}

void Membership::lose() {
    ++life_;
    lease_ends_.reset();
    if (shards_.empty()) return;
    shards_.clear();
    surplus_.clear();
    hooks_.on_change();
}

Task<> Membership::leave() {
    lease_ends_.reset();
    co_await store_.leave();
}

Check Membership::check() const {
    Check check{.name = "membership"};
    if (granted()) {
        say<status::membership_joined>(check, shards_.size(), shards_max, daemons_, daemons_ == 1 ? "" : "s");
    } else if (trouble_.empty()) {
        say<status::membership_not_joined>(check);
    } else {
        say<status::membership_lost>(check, trouble_);
    }
    check.measures = {{"daemons", static_cast<double>(daemons_), "", "", ""}};
    return check;
}

}  // namespace postrider
