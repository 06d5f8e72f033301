#include "lib/config/site_channels.h"

#include "lib/config/sections.h"
#include "lib/health/status_messages.h"
#include "lib/text/json_object.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace postrider {

namespace {

namespace json = boost::json;

/// Where a file's channel would stand, in the words of a problem.
constexpr std::string_view place = "channels[0].";
constexpr std::string_view prefix_key = "prefix";  // has one name in both

const TransportKind* find_kind(const TransportKinds& kinds, const std::string& package) {
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const TransportKind* kind) {
        return !kind->site_package().empty() && kind->site_package() == package;
    });
    return found == kinds.end() ? nullptr : *found;
}

/// A value as a file would have it; empty for what says nothing.
std::string scalar(const json::value& value) {
    if (value.is_string()) return std::string(value.get_string());
    return value.is_null() ? "" : json::serialize(value);
}

/// The channel as a file would have it. JSON is YAML, so it is read and checked like one.
std::string as_file(const SiteChannel& row, const TransportKind& kind, const json::object& configuration) {
    json::object channel;
    channel["name"] = row.identifier;
    channel["transport"] = kind.name();
    channel["default"] = row.is_default;
    const auto copy = [&](const SiteKey& setting) {
        const json::value* const value = configuration.if_contains(setting.site_key);
        const std::string said = value ? scalar(*value) : "";
        if (!said.empty() || !setting.otherwise.empty())
            channel[setting.key] = said.empty() ? std::string(setting.otherwise) : said;
    };
    for (const SiteKey& each : kind.site_keys()) copy(each);
    copy({prefix_key, prefix_key});
    return json::serialize(json::object{{"channels", json::array{std::move(channel)}}});
}

/// Files and variables of this host are for its own operators to name, not for the site's.
std::vector<std::string> sources_in(const json::object& configuration) {
    std::vector<std::string> problems;
    for (const auto& [key, value] : configuration) {
        const std::string text = scalar(value);
        for (const char* source : {"env:", "file:", "credential:"}) {
            if (text.starts_with(source))
                problems.push_back(fmt::format("{} must not begin with {}", std::string_view(key), source));
        }
    }
    return problems;
}

/// In the words of who configured it.
std::string in_site_words(std::string what, const TransportKind& kind) {
    if (!what.starts_with(place)) return what;
    what.erase(0, place.size());
    for (const SiteKey& each : kind.site_keys()) {
        if (what.starts_with(std::string(each.key) + ":"))
            return std::string(each.site_key) + what.substr(each.key.size());
    }
    return what;
}

class Checking {
public:
    explicit Checking(const TransportKinds& kinds) : kinds_(kinds) {}

    void add(const SiteChannel& row) {
        ChannelConfig config;
        config.channel.name = row.identifier;
        config.channel.transport = row.package;
        config.channel.is_default = row.is_default;
        std::vector<std::string> problems;
        const TransportKind* const kind = find_kind(kinds_, row.package);
        if (kind) problems = read(row, *kind, config);
        if (!row.enabled) {
            config.channel.not_served = NotServed{words<status::left_disabled>(row.identifier), false, true};
        } else if (!kind) {
            config.channel.not_served =
                NotServed{words<status::left_other_package>(row.identifier, row.package), true, false};
        } else if (!problems.empty()) {
            config.channel.not_served =
                NotServed{words<status::left_misconfigured>(row.identifier), false, false};
            for (const std::string& problem : problems)
                result_.problems.push_back(
                    fmt::format("switchboard channel {}: {}", row.identifier, problem));
        }
        result_.channels.push_back(std::move(config));
    }

    SiteChannels take() { return std::move(result_); }

private:
    std::vector<std::string> read(const SiteChannel& row, const TransportKind& kind,
                                  ChannelConfig& config) const {
        const auto whole = JsonObjectText::read(row.configuration.reveal());
        if (!whole) return {"its configuration is no JSON object"};
        const json::object configuration = parse_json_object(whole->text());
        std::vector<std::string> problems = sources_in(configuration);
        if (!problems.empty()) return problems;
        std::string file = as_file(row, kind, configuration);
        const SettingsDocument document(file);
        wipe(file);
        SettingsReader reader = document.reader();
        std::vector<ChannelConfig> read = read_channels(reader, kinds_, {});
        reader.finish();
        for (const auto& found : {document.problems(), document.warnings()}) {
            for (const Problem& problem : found) problems.push_back(in_site_words(problem.what, kind));
        }
        if (problems.empty()) config = std::move(read.front());
        return problems;
    }

    const TransportKinds& kinds_;
    SiteChannels result_;
};

}  // namespace

SiteChannels check_site_channels(const std::vector<SiteChannel>& rows, const TransportKinds& kinds) {
    Checking check(kinds);
    for (const SiteChannel& row : rows) check.add(row);
    return check.take();
}

std::vector<ChannelConfig> all_channels(const Config& config, const SiteChannels& site) {
    std::vector<ChannelConfig> all = config.channels;
    for (const ChannelConfig& each : site.channels) {
        const bool taken =
            std::any_of(config.channels.begin(), config.channels.end(),
                        [&](const ChannelConfig& other) { return other.channel.name == each.channel.name; });
        if (!taken) all.push_back(each);
    }
    return all;
}

}  // namespace postrider
