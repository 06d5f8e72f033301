#pragma once

#include "lib/config/config.h"
#include "lib/model/site_channel.h"

#include <string>
#include <vector>

namespace postrider {

/// What the site's switchboard comes to.
struct SiteChannels {
    std::vector<ChannelConfig> channels;  ///< in the switchboard's order
    std::vector<std::string> problems;    ///< of its operators' making, each naming its channel
};

/// Checks the channels of a switchboard as those of a configuration file are checked. Channels of packages
/// that no kind serves, disabled ones, and those with a problem are there too, as such: their messages
/// must go no other way.
SiteChannels check_site_channels(const std::vector<SiteChannel>& rows, const TransportKinds& kinds);

/// The channels of the file, and behind them those of the site whose names the file does not have.
std::vector<ChannelConfig> all_channels(const Config& config, const SiteChannels& site);

}  // namespace postrider
