#pragma once

#include "tests/support/memory_database.h"

namespace postrider::testing {

/// A daemon's link to the ledger of daemons in memory: heartbeats, burials and shards as the real
/// store deals them.
class MemoryMembership final : public MembershipStore {
public:
    MemoryMembership(Executor executor, MemoryDatabase& database)
        : executor_(std::move(executor)), database_(database) {}

    Task<DaemonId> join() override;
    Task<Beat> beat() override;
    Task<> give_back(std::set<int> shards) override;
    Task<> leave() override;

    DaemonId daemon() const { return daemon_; }

    /// Each call fails while set.
    bool away = false;
    int joins = 0;

private:
    Task<> arrive();
    std::vector<DaemonId> bury();
    void deal(Beat& beat);

    Executor executor_;
    MemoryDatabase& database_;
    DaemonId daemon_ = 0;
};

}  // namespace postrider::testing
