#pragma once

#include "lib/async/wakeup.h"
#include "lib/dispatch/transport.h"
#include "lib/health/check.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// Asks providers from time to time how the accounts behind channels are (Transport::watched_of_account),
/// and keeps what they said for the status. Nothing waits for it.
class AccountWatch {
public:
    /// The transports of channels, by their names.
    using Accounts = std::map<std::string, std::shared_ptr<Transport>>;

    /// `clock` outlives it.
    AccountWatch(const Executor& executor, Clock& clock) : clock_(clock), wakeup_(executor) {}

    /// Those to be watched from now on, instead of those of before; each is asked at once. What is known of
    /// a channel stays until its new transport has answered.
    void watch(const Accounts& accounts);

    /// Works until cancelled.
    Task<> run();

    /// One for each account that is watched.
    std::vector<Check> checks() const;

private:
    struct Watched {
        std::shared_ptr<Transport> transport;
        TimePoint ask_at = TimePoint::min();
        TimePoint known_at;          ///< when it was last known, or its watch began
        std::optional<Check> check;  ///< what was last known
        std::string trouble;         ///< why it is not known now
    };

    Task<> ask(std::string channel);
    Check describe(const std::string& channel, const Watched& watched) const;

    Clock& clock_;
    Wakeup wakeup_;
    std::map<std::string, Watched> watched_;
};

}  // namespace postrider
