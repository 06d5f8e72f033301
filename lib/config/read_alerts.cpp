#include "lib/config/sections.h"
#include "lib/config/webhook_endpoint.h"
#include "lib/config/wording.h"

#include <algorithm>

namespace postrider {

using namespace std::chrono_literals;

AlertConfig read_alerts(SettingsReader& file, const std::vector<ChannelConfig>& channels) {
    AlertConfig alerts;
    if (!file.has("alerts")) return alerts;
    SettingsReader section = file.child("alerts");
    alerts.rules.level = section.one_of<Health>(
        "level", alerts.rules.level, {{"warning", Health::warning}, {"critical", Health::critical}});
    alerts.rules.after = section.duration("after", alerts.rules.after, 0s, 1h);
    alerts.rules.quiet = section.duration("quiet", alerts.rules.quiet, 1s, 24h);
    alerts.channel = section.text("channel", "");
    for (std::string& each : section.texts("to", {})) alerts.to.emplace_back(std::move(each));
    if (section.has("url") || section.has("secret")) alerts.webhook = read_webhook_endpoint(section);
    const bool is_there = std::any_of(channels.begin(), channels.end(), [&](const ChannelConfig& each) {
        return each.channel.name == alerts.channel && each.makers.transport;
    });
    if (!alerts.channel.empty() && !is_there)
        section.problem("channel", shown(alerts.channel) + " is no channel of this file");
    if (alerts.channel.empty() != alerts.to.empty())
        section.problem("to", "goes with channel: by which channel, and to whom");
    if (alerts.channel.empty() && !section.has("url") && !section.has("secret") && alerts.to.empty())
        section.problem("channel", "nobody is told: channel and to are missing, or url and secret");
    return alerts;
}

}  // namespace postrider
