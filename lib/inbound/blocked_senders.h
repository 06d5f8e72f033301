#pragma once

#include "lib/async/clock.h"
#include "lib/async/wakeup.h"
#include "lib/dispatch/privacy.h"
#include "lib/inbound/inbox_store.h"

#include <set>
#include <string>

namespace postrider {

/// Whose messages the site does not want (its table of blocked senders): known here to within two seconds.
/// Compared are normalised addresses; rows may hold them as written, or sealed. Loop thread only.
class BlockedSenders {
public:
    /// All outlive it. `phone_region`: of numbers without a country code.
    BlockedSenders(const Executor& executor, Clock& clock, InboxStore& store, Privacy& privacy,
                   std::string phone_region);

    /// Reads them every other second, until cancelled.
    Task<> run();
    void look() { wakeup_.ring(); }
    /// Reads them once. Throws when the database is away.
    Task<> read();

    /// Whether they have been asked for at all, with or without success.
    bool asked() const { return asked_; }
    bool contains(const Address& sender) const;

private:
    void take(const std::vector<std::string>& rows);
    Hash hash_of(std::string_view address) const;

    Clock& clock_;
    InboxStore& store_;
    Privacy& privacy_;
    std::string phone_region_;
    Wakeup wakeup_;
    bool asked_ = false;
    std::vector<std::string> rows_;
    std::set<Hash> blocked_;  // not the addresses themselves
};

}  // namespace postrider
