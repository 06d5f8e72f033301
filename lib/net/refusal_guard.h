#pragma once

#include "lib/net/http_server.h"
#include "lib/net/refusal_limiter.h"

#include <optional>
#include <string>

namespace postrider {

/// Applies RefusalRules to requests, and says in the log whom it limits: one line for each, ten lines a minute
/// at most. Loop thread only.
class RefusalGuard {
public:
    using TimePoint = RefusalLimiter::TimePoint;

    void set(RefusalRules rules);

    /// The address that a request counts for; empty where nobody is to be limited.
    std::string client_of(const ServerRequest& request) const;
    /// What to answer a client that is limited; nothing if it is not.
    std::optional<ServerAnswer> answer_to(const std::string& client, TimePoint now) const;
    void count(const std::string& client, TimePoint now);

    std::size_t limited_count(TimePoint now) const { return limiter_.limited_count(now); }

private:
    bool may_log(TimePoint now);

    RefusalRules rules_;
    RefusalLimiter limiter_;
    TimePoint log_minute_;
    unsigned logged_ = 0;  // in that minute
};

}  // namespace postrider
