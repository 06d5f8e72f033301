#pragma once

#include "lib/store/database.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// Something that an endpoint has not acknowledged.
struct UntoldForward {
    std::int64_t id = 0;
    std::string endpoint;
    std::string state;  ///< waiting, dead
    std::string event;
    std::int64_t message_id = 0;
    std::string created;  ///< as PostgreSQL writes it
    int tries = 0;
    std::string next_try;  ///< the same; empty for a dead one
    std::string reason;
};

/// Which of them; what is empty does not matter.
struct ForwardFilter {
    std::vector<std::int64_t> ids{};
    std::string endpoint{};
    std::optional<bool> dead{};
};

/// What operators do about what applications were not told. One connection, blocking.
class ForwardActions {
public:
    /// Throws DatabaseSetupError where a daemon could not work.
    explicit ForwardActions(const DatabaseSettings& settings);
    ~ForwardActions();

    /// The oldest first, `limit` at most.
    std::vector<UntoldForward> list(const ForwardFilter& filter, std::size_t limit);
    /// Those given up are tried again, as if they were new, under the same webhook-id; those that wait, at once.
    std::size_t redrive(const ForwardFilter& filter);
    /// Nobody is told any more.
    std::size_t discard(const ForwardFilter& filter);

private:
    std::unique_ptr<pqxx::connection> connection_;
};

}  // namespace postrider
