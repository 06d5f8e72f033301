#include "lib/config/sections.h"
#include "lib/config/spelling.h"
#include "lib/config/wording.h"

#include <algorithm>
#include <map>

namespace postrider {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t name_size_max = 50;  // as the predecessor's identifier column

/// What Django calls a slug.
bool is_channel_name(const std::string& name) {
    return !name.empty() && name.size() <= name_size_max && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    });
}

/// Why no transport has the name that was given.
std::string no_such_transport(const std::string& name, const TransportKinds& kinds) {
    std::vector<std::string> names;
    for (const TransportKind* kind : kinds) names.emplace_back(kind->name());
    std::sort(names.begin(), names.end());
    const std::string known = "(there are: " + listed(names) + ")";
    const std::string meant = nearest_word(name, names);
    return shown(name) + " is not a transport " + (meant.empty() ? "" : "(did you mean " + meant + "?) ") +
           known;
}

const TransportKind* read_kind(SettingsReader& channel, const TransportKinds& kinds) {
    const std::string name = channel.required_text("transport");
    const auto found = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const TransportKind* kind) { return kind->name() == name; });
    if (found != kinds.end()) return *found;
    if (!name.empty()) channel.problem("transport", no_such_transport(name, kinds));
    return nullptr;
}

Channel read_common(SettingsReader& reader, std::chrono::seconds expire_after) {
    Channel channel;
    channel.name = reader.required_text("name");
    if (!channel.name.empty() && !is_channel_name(channel.name)) {
        reader.problem("name",
                       shown(channel.name) + " is not a channel's name: 1 to 50 letters, digits, _ and -");
    }
    channel.is_default = reader.flag("default", channel.is_default);
    channel.rate = reader.rate("rate");
    channel.concurrency = reader.number("concurrency", channel.concurrency, 1, 10000);
    channel.max_attempts = reader.number("max_attempts", channel.max_attempts);
    channel.expire_after = reader.seconds("expire_after", expire_after, 1s);
    channel.on_doubt = reader.one_of<OnDoubt>("on_doubt", channel.on_doubt,
                                              {{"fail", OnDoubt::fail}, {"resend", OnDoubt::resend}});
    channel.reconcile_after = reader.seconds("reconcile_after", channel.reconcile_after);
    channel.ordering = reader.one_of<Ordering>(
        "ordering", channel.ordering, {{"conversation", Ordering::conversation}, {"none", Ordering::none}});
    channel.order_hold = reader.seconds("order_hold", channel.order_hold);
    return channel;
}

ChannelConfig read_channel(SettingsReader& reader, const TransportKinds& kinds) {
    const TransportKind* kind = read_kind(reader, kinds);
    ChannelConfig config;
    config.channel = read_common(reader, kind != nullptr ? kind->expire_after() : Channel{}.expire_after);
    if (kind == nullptr) {
        reader.accept_rest();  // whose they are, nobody can say
        return config;
    }
    config.channel.transport = kind->name();
    config.make_transport = kind->read_settings(reader);
    return config;
}

}  // namespace

std::vector<ChannelConfig> read_channels(SettingsReader& file, const TransportKinds& kinds) {
    std::vector<ChannelConfig> channels;
    std::map<std::string, std::size_t> taken;
    std::optional<std::size_t> default_channel;
    std::vector<SettingsReader> readers = file.children("channels");
    for (std::size_t i = 0; i < readers.size(); ++i) {
        const ChannelConfig& config = channels.emplace_back(read_channel(readers[i], kinds));
        const std::string& name = config.channel.name;
        const auto [first, is_new] = taken.emplace(name, i);
        if (!is_new && !name.empty()) {
            readers[i].problem("name", shown(name) + " is the name of channels[" +
                                           std::to_string(first->second) + "] already");
        }
        if (!config.channel.is_default) continue;
        if (default_channel) {
            readers[i].problem("default", "channels[" + std::to_string(*default_channel) +
                                              "] is the default already: only one can be");
        } else {
            default_channel = i;
        }
    }
    if (channels.empty()) file.warning("channels", "there are none: nothing will be sent");
    return channels;
}

}  // namespace postrider
