#include "tests/support/memory_membership.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <stdexcept>

namespace postrider::testing {

namespace {

constexpr std::chrono::seconds heartbeat_max{10};

}  // namespace

Task<> MemoryMembership::arrive() {
    co_await boost::asio::post(executor_, boost::asio::use_awaitable);
    if (away) throw std::runtime_error("the database is away");
}

Task<DaemonId> MemoryMembership::join() {
    co_await arrive();
    ++joins;
    if (database_.is_alive(daemon_)) {
        database_.daemons.at(daemon_).lock_held = true;
        co_return daemon_;
    }
    daemon_ = static_cast<DaemonId>(database_.daemons.size()) + 1;
    database_.daemons[daemon_] = {false, true, database_.clock.now(), {}};
    co_return daemon_;
}

Task<Beat> MemoryMembership::beat() {
    co_await arrive();
    if (!database_.daemons.at(daemon_).lock_held) throw std::runtime_error("the session is gone");
    Beat beat;
    beat.died = bury();
    database_.daemons.at(daemon_).heartbeat = database_.clock.now();
    beat.alive = database_.is_alive(daemon_);
    for (const auto& [id, daemon] : database_.daemons) {
        if (daemon.ended) continue;
        ++beat.daemons;
        beat.place += id < daemon_ ? 1 : 0;
    }
    if (beat.alive) deal(beat);
    co_await boost::asio::post(executor_, boost::asio::use_awaitable);
    co_return beat;
}

std::vector<DaemonId> MemoryMembership::bury() {
    std::vector<DaemonId> died;
    for (auto& [id, daemon] : database_.daemons) {
        const bool frozen = daemon.heartbeat < database_.clock.now() - heartbeat_max;
        if (id == daemon_ || daemon.ended || (daemon.lock_held && !frozen)) continue;
        daemon.ended = true;
        daemon.lock_held = false;  // the session of one that froze is ended
        daemon.ended_at = database_.clock.now();
        died.push_back(id);
    }
    return died;
}

void MemoryMembership::deal(Beat& beat) {
    std::erase_if(database_.shards, [&](const auto& owned) { return !database_.is_alive(owned.second); });
    for (const auto& [shard, owner] : database_.shards) {
        if (owner == daemon_) beat.shards.insert(shard);
    }
    const int fair = (shards_max + beat.daemons - 1) / beat.daemons;
    const int have = static_cast<int>(beat.shards.size());
    for (auto it = beat.shards.rbegin(); static_cast<int>(beat.surplus.size()) < have - fair; ++it) {
        beat.surplus.insert(*it);
    }
    for (int shard = 0; shard < shards_max && static_cast<int>(beat.shards.size()) < fair; ++shard) {
        if (database_.shards.try_emplace(shard, daemon_).second) beat.shards.insert(shard);
    }
}

Task<> MemoryMembership::give_back(std::set<int> shards) {
    co_await arrive();
    for (int shard : shards) {
        if (database_.owns(daemon_, shard)) database_.shards.erase(shard);
    }
}

Task<> MemoryMembership::leave() {
    co_await arrive();
    if (daemon_ == 0) co_return;
    database_.daemons.at(daemon_).ended = true;
    database_.daemons.at(daemon_).ended_at = database_.clock.now();
    std::erase_if(database_.shards, [&](const auto& owned) { return owned.second == daemon_; });
    daemon_ = 0;
}

}  // namespace postrider::testing
