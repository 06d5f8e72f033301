#pragma once

#include "lib/config/config.h"
#include "lib/dispatch/dispatcher.h"

#include <functional>
#include <string>
#include <vector>

namespace postrider {

/// What the way out is to know of a configuration whose channels, the site's too, are `channels`. `parts_of`: for
/// the transport of a channel.
DispatchSettings make_dispatch_settings(
    const Config& config, const std::vector<ChannelConfig>& channels,
    const std::function<TransportParts(const std::string& channel)>& parts_of, bool media_readable);

}  // namespace postrider
