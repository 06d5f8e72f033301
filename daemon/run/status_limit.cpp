#include "daemon/run/status_limit.h"

namespace postrider {

std::optional<ServerAnswer> StatusLimit::answer_to(const std::string& client, RefusalLimiter::TimePoint now) {
    if (client.starts_with("127.") || client == "::1") return std::nullopt;
    if (!limiter_.limited_for(client, now)) limiter_.count(client, now);
    const auto wait = limiter_.limited_for(client, now);
    if (!wait) return std::nullopt;
    ServerAnswer answer;
    answer.status = 429;
    answer.body = "you ask too often: try later\n";
    answer.headers = {{"Retry-After", std::to_string(wait->count())}};
    return answer;
}

}  // namespace postrider
