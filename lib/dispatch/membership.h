#pragma once

#include "lib/async/wakeup.h"
#include "lib/dispatch/membership_store.h"
#include "lib/dispatch/transport.h"
#include "lib/health/check.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>

namespace postrider {

/// Times since boot that go on while the machine sleeps, so that a suspended laptop or a paused
/// virtual machine notices that its lease is over.
using SinceBoot = std::chrono::nanoseconds;
SinceBoot since_boot();

struct MembershipTimes {
    std::chrono::milliseconds beat_every{2000};
    /// Counted from before the heartbeat left. A peer that finds a heartbeat this old takes over.
    std::chrono::milliseconds lease{10000};
};

/// This daemon's life among its peers: the heartbeat, the lease and its shards.
class Membership {
public:
    /// `on_change` is called when shards came or went; `in_flight` says whether a shard has work
    /// that must end before it can be given back.
    struct Hooks {
        std::function<void()> on_change;
        std::function<bool(int shard)> in_flight;
    };

    Membership(MembershipStore& store, Clock& clock, Hooks hooks, MembershipTimes times = {},
               std::function<SinceBoot()> now = since_boot);

    /// Joins, and beats until cancelled; joins anew whenever its life was lost.
    Task<> run();
    /// The last thing: frees the shards. Whatever was in flight has been recorded.
    Task<> leave();

    /// Whether the lease still runs.
    bool granted() const;
    /// Counts this daemon's lives: what was claimed in one must not leave in the next.
    std::uint64_t life() const { return life_; }
    /// Whether the shard is this daemon's by the last heartbeat that was answered. Its messages keep
    /// their places also while the lease is over and nothing of them may be sent.
    bool has(int shard) const { return shards_.contains(shard) && !surplus_.contains(shard); }
    const std::set<int>& shards() const { return shards_; }
    /// This daemon's part of a rate for all daemons together, as its shards are of all: from 0 to 1.
    double share() const { return static_cast<double>(shards_.size()) / shards_max; }
    /// This daemon's part of so many calls for all daemons together: parts differ by one at most, and
    /// their sum is `calls`, but that each has one where there are fewer calls than daemons. While
    /// a daemon comes, calls that are in flight at the others may exceed it for as long as they take.
    std::size_t part_of(std::size_t calls) const;

    Check check() const;

private:
    Task<> live();
    Task<> give_back_surplus();
    void lose();

    MembershipStore& store_;
    Clock& clock_;
    Hooks hooks_;
    MembershipTimes times_;
    std::function<SinceBoot()> now_;
    std::optional<SinceBoot> lease_ends_;
    std::set<int> shards_;
    std::set<int> surplus_;
    int daemons_ = 0;
    int place_ = 0;
    std::string trouble_;
    std::uint64_t life_ = 0;
};

/// The permit of what was claimed in one life of this daemon. A lease of the next is none for it.
class PermitOfLife final : public Permit {
public:
    PermitOfLife(const Membership& membership, std::uint64_t life) : membership_(membership), life_(life) {}
    bool granted() const override { return membership_.granted() && membership_.life() == life_; }

private:
    const Membership& membership_;
    std::uint64_t life_;
};

}  // namespace postrider
