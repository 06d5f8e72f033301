#include "daemon/run/switchboard.h"

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
        check.health = Health::warning;
        check.text = "it cannot be read, its channels stay as they were: " + trouble_;
        return check;
    }
    if (channels_.problems.empty()) {
        check.text = fmt::format("{} channel{}", rows_.size(), rows_.size() == 1 ? "" : "s");
    } else {
        check.health = Health::warning;
        check.text = fmt::format("{}", fmt::join(channels_.problems, "; "));
    }
    return check;
}

}  // namespace postrider
