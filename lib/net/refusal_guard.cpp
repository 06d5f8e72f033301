#include "lib/net/refusal_guard.h"

#include "lib/log/log.h"
#include "lib/net/client_address.h"

#include <algorithm>

namespace postrider {

namespace {

using namespace std::chrono_literals;

constexpr unsigned lines_per_minute_max = 10;

}  // namespace

void RefusalGuard::set(RefusalRules rules) {
    rules_ = std::move(rules);
    limiter_.set_per_minute(rules_.per_minute);
}

std::string RefusalGuard::client_of(const ServerRequest& request) const {
    if (rules_.per_minute == 0) return "";
    std::string client = client_address(request, rules_.trusted_proxies);
    // A proxy that names nobody speaks for all who come through it.
    const auto& proxies = rules_.trusted_proxies;
    if (std::find(proxies.begin(), proxies.end(), client) != proxies.end()) client.clear();
    return client;
}

std::optional<ServerAnswer> RefusalGuard::answer_to(const std::string& client, TimePoint now) const {
    if (client.empty()) return std::nullopt;
    const auto wait = limiter_.limited_for(client, now);
    if (!wait) return std::nullopt;
    ServerAnswer answer;
    answer.status = 429;
    answer.body = "too many requests of yours were refused: try later\n";
    answer.headers = {{"Retry-After", std::to_string(wait->count())}};
    return answer;
}

void RefusalGuard::count(const std::string& client, TimePoint now) {
    if (client.empty() || !limiter_.count(client, now) || !may_log(now)) return;
    log::warn(
        "an address is limited: it was refused too often",
        {{"address", network_of(client)}, {"for_s", limiter_.limited_for(client, now).value_or(0s).count()}});
}

bool RefusalGuard::may_log(TimePoint now) {
    if (now - log_minute_ >= 1min) {
        log_minute_ = now;
        logged_ = 0;
    }
    return ++logged_ <= lines_per_minute_max;
}

}  // namespace postrider
