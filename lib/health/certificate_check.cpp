#include "lib/health/certificate_check.h"

#include "lib/health/status_messages.h"

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
    const std::string end =
        fmt::format("{:%Y-%m-%d %H:%M}", fmt::gmtime(std::chrono::system_clock::to_time_t(expires)));
    Check check{.name = "certificate"};
    if (left <= std::chrono::seconds{0}) {
        say<status::certificate_expired>(check, end);
    } else if (left <= warned_before) {
        say<status::certificate_ending>(check, end);
    } else {
        say<status::certificate_valid>(check, end);
    }
    if (!trouble.empty()) say<status::certificate_refused>(check, trouble);
    check.measures.push_back({"certificate_days", days_left, "", "14:", "0:"});
    return check;
}

}  // namespace postrider
