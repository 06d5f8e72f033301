#pragma once

#include "lib/model/suspension.h"
#include "lib/store/database.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// What operators do to channels, in the database, so that every daemon abides by it: after `suspend`
/// nothing of the channel is claimed any more; requests that were claimed before go on. One
/// connection, blocking. A channel's name that is empty stands for all of them.
class ChannelActions {
public:
    /// Throws DatabaseSetupError where a daemon could not work.
    explicit ChannelActions(const DatabaseSettings& settings);
    ~ChannelActions();

    /// Again: with a new end and reason. Returns how many requests are under way.
    long long suspend(const std::string& channel, std::optional<std::chrono::seconds> duration,
                      const std::string& reason);
    /// All: also what was suspended by name, and this database is the one that sends from now on.
    /// Returns whether anything was suspended.
    bool resume(const std::string& channel);
    std::vector<Suspension> list();

private:
    std::unique_ptr<pqxx::connection> connection_;
};

}  // namespace postrider
