#include "lib/health/certificate_check.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace postrider {

namespace {

constexpr std::chrono::days warned_before{14};

}  // namespace

Check certificate_check(std::chrono::sys_seconds expires, const std::string& trouble,
                        std::chrono::sys_seconds now) {
    const auto left = expires - now;
    const double days_left = std::chrono::duration<double>(left) / std::chrono::days{1};
    const bool expired = left <= std::chrono::seconds{0};
    Check check{.name = "certificate"};
    check.text = fmt::format("{} {:%Y-%m-%d %H:%M} UTC", expired ? "expired" : "expires",
                             fmt::gmtime(std::chrono::system_clock::to_time_t(expires)));
    if (left <= warned_before) check.health = Health::warning;
    if (expired) {
        check.health = Health::critical;
        check.text += ": clients refuse it; replace its files (listen.tls)";
    }
    if (!trouble.empty()) {
        if (!expired) check.health = Health::warning;
        check.text += "; another was refused: " + trouble;
    }
    check.measures.push_back({"certificate_days", days_left, "", "14:", "0:"});
    return check;
}

}  // namespace postrider
