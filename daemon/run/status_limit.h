#pragma once

#include "lib/net/http_server.h"
#include "lib/net/refusal_limiter.h"

#include <optional>
#include <string>

namespace postrider {

/// How often one address may ask for status, metrics and the like: whoever monitors asks now and then, and each
/// answer costs time of the loop that sends, or a query. This host itself is not limited.
class StatusLimit {
public:
    static constexpr unsigned per_minute = 600;

    StatusLimit() { limiter_.set_per_minute(per_minute); }

    /// Counts a request; 429 if it is one too many.
    std::optional<ServerAnswer> answer_to(const std::string& client, RefusalLimiter::TimePoint now);

private:
    RefusalLimiter limiter_;
};

}  // namespace postrider
