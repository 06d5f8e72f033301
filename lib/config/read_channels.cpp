#include "lib/config/sections.h"
#include "lib/config/wording.h"

#include <algorithm>
#include <map>

namespace postrider {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t reply_size_max = 1600;
constexpr std::size_t name_size_max = 50;  // as the predecessor's identifier column

/// The `name` of a channel or a limit: what Django calls a slug.
std::string read_name(SettingsReader& reader, const std::string& of_what) {
    std::string name = reader.required_text("name");
    const bool is_slug = name.size() <= name_size_max && std::all_of(name.begin(), name.end(), [](char c) {
                             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                    (c >= '0' && c <= '9') || c == '_' || c == '-';
                         });
    if (!is_slug) {
        reader.problem("name",
                       shown(name) + " is not a " + of_what + "'s name: 1 to 50 letters, digits, _ and -");
    }
    return name;
}

const TransportKind* read_kind(SettingsReader& channel, const TransportKinds& kinds) {
    const std::string name = channel.required_text("transport");
    const auto found = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const TransportKind* kind) { return kind->name() == name; });
    if (found != kinds.end()) return *found;
    std::vector<std::string> names;
    for (const TransportKind* kind : kinds) names.emplace_back(kind->name());
    std::sort(names.begin(), names.end());
    if (!name.empty()) channel.problem("transport", not_one_of(name, "transport", names));
    return nullptr;
}

std::vector<std::string> read_limit_names(SettingsReader& reader, const std::vector<Limit>& limits) {
    std::vector<std::string> known;
    for (const Limit& limit : limits) known.push_back(limit.name);
    std::vector<std::string> names = reader.texts("limits", {});
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto end = names.begin() + static_cast<std::ptrdiff_t>(i);
        if (std::find(names.begin(), end, names[i]) != end) {
            reader.problem("limits", "has " + shown(names[i]) + " twice");
        } else if (std::find(known.begin(), known.end(), names[i]) == known.end()) {
            reader.problem("limits", not_one_of(names[i], "limit", known));
        }
    }
    return names;
}

/// Texts by keywords, which are the operator's own.
std::map<std::string, std::string> read_replies(SettingsReader replies) {
    std::map<std::string, std::string> by_keyword;
    for (const std::string& keyword : replies.keys()) {
        const std::string text = replies.required_text(keyword);
        if (text.size() > reply_size_max) replies.problem(keyword, "is longer than 1600 characters");
        by_keyword[keyword] = text;
    }
    return by_keyword;
}

Channel read_common(SettingsReader& reader, std::chrono::seconds expire_after,
                    const std::vector<Limit>& limits) {
    Channel channel;
    channel.name = read_name(reader, "channel");
    channel.is_default = reader.flag("default", channel.is_default);
    channel.prefix = reader.text("prefix", channel.prefix);
    if (channel.prefix.ends_with(':')) reader.problem("prefix", "must be without its colon, like whatsapp");
    channel.rate = reader.rate("rate");
    channel.rate_counts =
        reader.one_of<RateCounts>("rate_counts", channel.rate_counts,
                                  {{"messages", RateCounts::messages}, {"segments", RateCounts::segments}});
    channel.limits = read_limit_names(reader, limits);
    channel.recipient_max = reader.rate("recipient_max");
    channel.concurrency = reader.number("concurrency", channel.concurrency, 1, 10000);
    channel.max_attempts = reader.number("max_attempts", channel.max_attempts);
    channel.expire_after = reader.seconds("expire_after", expire_after, 1s);
    channel.on_doubt = reader.one_of<OnDoubt>("on_doubt", channel.on_doubt,
                                              {{"fail", OnDoubt::fail}, {"resend", OnDoubt::resend}});
    channel.reconcile_after = reader.seconds("reconcile_after", channel.reconcile_after);
    channel.typography = reader.one_of<Typography>(
        "typography", channel.typography, {{"keep", Typography::keep}, {"replace", Typography::replace}});
    channel.ordering = reader.one_of<Ordering>(
        "ordering", channel.ordering, {{"conversation", Ordering::conversation}, {"none", Ordering::none}});
    channel.order_hold = reader.seconds("order_hold", channel.order_hold);
    channel.opt_out = reader.one_of<OptOutScope>(
        "opt_out", channel.opt_out,
        {{"channel", OptOutScope::channel}, {"all", OptOutScope::all}, {"off", OptOutScope::off}});
    if (reader.has("replies")) channel.replies = read_replies(reader.child("replies"));
    return channel;
}

ChannelConfig read_channel(SettingsReader& reader, const TransportKinds& kinds,
                           const std::vector<Limit>& limits) {
    const TransportKind* kind = read_kind(reader, kinds);
    ChannelConfig config;
    config.channel =
        read_common(reader, kind != nullptr ? kind->expire_after() : Channel{}.expire_after, limits);
    if (kind == nullptr) {
        reader.accept_rest();  // whose they are, nobody can say
        return config;
    }
    config.channel.transport = kind->name();
    config.makers = kind->read_settings(reader);
    return config;
}

}  // namespace

std::vector<Limit> read_limits(SettingsReader& file) {
    std::vector<Limit> limits;
    for (SettingsReader& reader : file.children("limits")) {
        Limit limit;
        limit.name = read_name(reader, "limit");
        const bool taken = std::any_of(limits.begin(), limits.end(),
                                       [&](const Limit& other) { return other.name == limit.name; });
        if (taken && !limit.name.empty())
            reader.problem("name", "has " + shown(limit.name) + " a second time");
        if (const auto rate = reader.rate("rate")) {
            limit.rate = *rate;
        } else if (!reader.has("rate")) {
            reader.problem("rate", "is required");
        }
        limits.push_back(std::move(limit));
    }
    return limits;
}

std::vector<ChannelConfig> read_channels(SettingsReader& file, const TransportKinds& kinds,
                                         const std::vector<Limit>& limits) {
    std::vector<ChannelConfig> channels;
    std::map<std::string, std::size_t> taken;
    std::optional<std::size_t> default_channel;
    std::vector<SettingsReader> readers = file.children("channels");
    for (std::size_t i = 0; i < readers.size(); ++i) {
        const ChannelConfig& config = channels.emplace_back(read_channel(readers[i], kinds, limits));
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
