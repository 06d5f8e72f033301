#include "daemon/run/switchboard.h"

#include "lib/health/status_messages.h"
#include "lib/log/log.h"
#include "transports/transports.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace postrider {

Switchboard::Switchboard(std::vector<SiteChannel> rows) { update(std::move(rows)); }

bool Switchboard::update(std::vector<SiteChannel> rows) {
    if (rows == rows_) return false;
    rows_ = std::move(rows);
    channels_ = check_site_channels(rows_, all_transport_kinds());
    log::info("channels of the site's switchboard read", {{"channels", rows_.size()}});
    for (const std::string& problem : channels_.problems) log::error(problem);
    return true;
}

std::optional<Check> Switchboard::check() const {
    if (rows_.empty() && trouble_.empty()) return std::nullopt;
    Check check{.name = "switchboard"};
    if (!trouble_.empty()) {
        say<status::switchboard_unreadable>(check, trouble_);
    } else if (channels_.problems.empty()) {
        say<status::switchboard_channels>(check, rows_.size(), rows_.size() == 1 ? "" : "s");
    }
    if (trouble_.empty()) {
        for (const std::string& problem : channels_.problems)
            say<status::switchboard_problem>(check, problem);
    }
    return check;
}

}  // namespace postrider
