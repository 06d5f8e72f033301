#pragma once

#include "lib/async/task.h"
#include "lib/model/attempt.h"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace postrider {

/// Conversations fall into this many shards by their hash; each belongs to one daemon at a time.
inline constexpr int shards_max = 64;

/// What the store says to a heartbeat.
struct Beat {
    bool alive = false;  ///< false: a peer has declared this daemon dead
    int daemons = 0;     ///< alive, this one included
    int place = 0;       ///< how many of them are older than this one
    std::set<int> shards;
    /// Shards above the fair share: to be given back once nothing of them is in flight.
    std::set<int> surplus;
    std::vector<DaemonId> died;  ///< daemons that were found dead by this beat
};

/// Where daemons of one installation find each other. Calls throw when the database is away.
class MembershipStore {
public:
    virtual ~MembershipStore() = default;
    /// A new name in the ledger, held by a lock that dies with the connection.
    virtual Task<DaemonId> join() = 0;
    /// Says that this daemon lives, buries those that do not, takes free shards up to its share.
    virtual Task<Beat> beat() = 0;
    virtual Task<> give_back(std::set<int> shards) = 0;
    /// Ends this daemon's life in the ledger and frees its shards.
    virtual Task<> leave() = 0;
};

}  // namespace postrider
