#include "daemon/run/dispatch_settings.h"

#include "lib/health/status_messages.h"

namespace postrider {

DispatchSettings make_dispatch_settings(
    const Config& config, const std::vector<ChannelConfig>& channels,
    const std::function<TransportParts(const std::string& channel)>& parts_of, bool media_readable) {
    DispatchSettings settings;
    for (const ChannelConfig& each : channels) {
        std::shared_ptr<Transport> transport;
        if (each.makers.transport) transport = each.makers.transport(parts_of(each.channel.name));
        settings.channels.push_back({each.channel, std::move(transport)});
    }
    settings.limits = config.limits;
    settings.routes = config.routes;
    settings.phone_region = config.phone_region;
    settings.settle = config.database.settle;
    if (config.delivery == Delivery::hold) settings.hold = "delivery: hold";
    if (config.delivery == Delivery::only)
        settings.only_to.emplace(config.only_to.begin(), config.only_to.end());
    if (config.listen.public_url.empty()) {
        settings.fetch_hold = words<status::left_no_public_url>();
    }
    if (!media_readable) settings.media_hold = words<status::left_no_media_root>();
    return settings;
}

}  // namespace postrider
