#include "daemon/commands/admitting.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/daemon_status.h"
#include "daemon/commands/table.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/config/quantity.h"
#include "lib/dispatch/suspensions.h"
#include "lib/dispatch/waiting_ages.h"
#include "lib/store/channel_actions.h"
#include "lib/store/message_queries.h"
#include "lib/store/waiting_rows.h"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace postrider {

namespace {

constexpr int activity_hours = 24;

struct Options {
    std::filesystem::path file;
    bool json = false;
    std::string name;
    bool all = false;
    std::string duration;
    std::string reason;
    std::string url;
};

std::string rate_text(const std::optional<Rate>& rate) {
    if (!rate) return "unlimited";
    const std::string_view unit = rate->period == std::chrono::seconds{1}   ? "s"
                                  : rate->period == std::chrono::minutes{1} ? "min"
                                                                            : "h";
    return fmt::format("{:g}/{}", rate->messages, unit);
}

/// Where all that waits is, by how long it has been due: channels by their names, and why it is left where it is.
WaitingAges read_ages(const Config& config, const std::vector<ChannelConfig>& channels) {
    WaitingRows rows(database_settings(config));
    Admitting admitting(config, channels, rows.installation().hash_salt);
    WaitingRows::Wanted wanted;
    wanted.whole_text = std::any_of(config.routes.begin(), config.routes.end(),
                                    [](const Route& each) { return each.message.has_value(); });
    wanted.media = admitting.settings().media_hold || admitting.settings().fetch_hold;
    WaitingAges ages;
    rows.each(wanted, [&](const OutgoingMessage& row, TimePoint now) {
        const auto decided = admitting.admission().place(row);
        const auto* const placed = std::get_if<Placed>(&decided);
        ages.add(placed ? placed->channel->name : "(" + std::get<LeftAlone>(decided).reason + ")",
                 row.key.send_date, now);
    });
    return ages;
}

boost::json::object to_json(const WaitingAges::Counts& counts) {
    boost::json::object row;
    for (std::size_t i = 0; i < counts.size(); ++i) row[WaitingAges::spans[i]] = counts[i];
    return row;
}

boost::json::object describe_channel(const Channel& channel, const boost::json::array& activity,
                                     const std::vector<Suspension>& suspensions, const LiveStatus& live) {
    boost::json::object row;
    row["name"] = channel.name;
    row["transport"] = channel.transport;
    row["default"] = channel.is_default ? "yes" : "no";
    row["rate"] = rate_text(channel.rate);
    row["concurrency"] = std::to_string(channel.concurrency);
    row["sent"] = "0";
    row["not_sent"] = "0";
    row["last_attempt"] = nullptr;
    const Suspension* const suspension = find_suspension(suspensions, channel.name);
    row["suspended"] = suspension ? boost::json::value(to_text(*suspension)) : nullptr;
    row["not_served"] = channel.not_served ? boost::json::value(channel.not_served->reason) : nullptr;
    for (const auto& each : activity) {
        if (each.at("channel").as_string() != channel.name) continue;
        for (const char* key : {"sent", "not_sent", "last_attempt"}) row[key] = each.at(key);
    }
    const boost::json::object* const check = live.check("channel " + channel.name);
    row["live"] = check ? check->at("status") : nullptr;
    row["live_text"] = check ? check->at("text") : nullptr;
    return row;
}

/// What waits for each of these channels, under `waiting`.
void add_ages(boost::json::array& channels, const WaitingAges& ages) {
    for (auto& each : channels) {
        const auto found = ages.counts().find(std::string(each.at("name").get_string()));
        each.get_object()["waiting"] =
            to_json(found == ages.counts().end() ? WaitingAges::Counts{} : found->second);
    }
}

void print_ages(const boost::json::array& channels, const WaitingAges& ages) {
    boost::json::array rows;
    const auto add = [&](const boost::json::value& where, const boost::json::object& counts) {
        boost::json::object row = counts;
        row["channel"] = where;
        rows.push_back(std::move(row));
    };
    for (const auto& each : channels) add(each.at("name"), each.at("waiting").get_object());
    for (const auto& [where, counts] : ages.counts()) {
        if (where.starts_with('(')) add(boost::json::value(where), to_json(counts));
    }
    std::vector<std::string> columns{"channel"};
    columns.insert(columns.end(), WaitingAges::spans.begin(), WaitingAges::spans.end());
    print_table(std::cout, rows, columns);
}

void print_live(const boost::json::array& channels, const LiveStatus& live) {
    std::cout << "\nNow, " << live.describe() << (live.answered() ? ":\n" : "\n");
    if (!live.answered()) return;
    print_table(std::cout, channels, {"name", "live", "live_text"});
    for (const char* name : {"database", "membership", "intake", "delivery"}) {
        const boost::json::object* const check = live.check(name);
        if (check == nullptr || check->at("status") == "OK") continue;
        print_value(std::cout, name, check->at("text").get_string());
    }
}

int list_channels(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    const std::vector<ChannelConfig> channels = all_channels(*config, site_channels(*config));
    const auto activity = MessageQueries(database_settings(*config)).channel_activity(activity_hours);
    const auto suspensions = ChannelActions(database_settings(*config)).list();
    const LiveStatus live = LiveStatus::ask(config->listen, options.url);
    boost::json::array rows;
    for (const ChannelConfig& each : channels)
        rows.push_back(describe_channel(each.channel, activity, suspensions, live));
    if (options.json) {
        if (!live.answered()) std::cerr << "postrider channels: " << live.describe() << '\n';
        add_ages(rows, read_ages(*config, channels));
        std::cout << boost::json::serialize(rows) << '\n';
        return done;
    }
    print_table(std::cout, rows,
                {"name", "transport", "default", "rate", "concurrency", "sent", "not_sent", "last_attempt",
                 "suspended", "not_served"});
    std::cout << fmt::format("(sent and not sent: attempts of the last {} hours)\n", activity_hours);
    print_live(rows, live);
    // With a million rows this takes seconds: the rest is there before.
    std::cout << "\nWaiting, by how long it has been due:\n" << std::flush;
    const WaitingAges ages = read_ages(*config, channels);
    add_ages(rows, ages);
    print_ages(rows, ages);
    return done;
}

/// What the command is about: a configured channel, "" for all of them; or a complaint.
std::optional<std::string> chosen_channel(const Options& options, const Config& config) {
    if (options.name.empty() != options.all) {
        std::cerr << "postrider channels: name a channel, or --all\n";
        return std::nullopt;
    }
    if (options.all) return "";
    for (const ChannelConfig& each : all_channels(config, site_channels(config))) {
        if (each.channel.name == options.name) return options.name;
    }
    std::cerr << fmt::format(
        "postrider channels: no channel {} is configured (`postrider channels` lists them)\n", options.name);
    return std::nullopt;
}

int suspend(const Options& options) {
    const auto config = read_or_complain(options.file);
    const auto channel = config ? chosen_channel(options, *config) : std::nullopt;
    if (!channel) return wrong_usage;
    std::optional<std::chrono::seconds> duration;
    if (!options.duration.empty()) {
        const auto span = parse_duration(options.duration);
        if (!span || *span < std::chrono::seconds{1}) {
            std::cerr << "postrider channels suspend: --for wants a duration such as 30m or 2h\n";
            return wrong_usage;
        }
        duration = std::chrono::ceil<std::chrono::seconds>(*span);
    }
    const auto under_way =
        ChannelActions(database_settings(*config)).suspend(*channel, duration, options.reason);
    std::cout << fmt::format("suspended: nothing more is begun; {} requests are under way\n", under_way);
    return done;
}

int resume(const Options& options) {
    const auto config = read_or_complain(options.file);
    const auto channel = config ? chosen_channel(options, *config) : std::nullopt;
    if (!channel) return wrong_usage;
    ChannelActions actions(database_settings(*config));
    std::cout << (actions.resume(*channel) ? "resumed\n" : "it was not suspended\n");
    for (const Suspension& each : actions.list()) {
        if (!each.concerns(*channel)) continue;
        std::cout << fmt::format("all channels are still {} (`postrider channels resume --all`)\n",
                                 to_text(each));
    }
    return done;
}

}  // namespace

void add_channels(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("channels", "List the configured channels: what they sent lately, their state, what waits",
                 [options] { return list_channels(*options); });
    add_config_option(command, options->file);
    command->add_flag("--json", options->json, "Print JSON");
    command->add_option("--url", options->url,
                        "A daemon's status URL (default: as the configuration's listen says)");
    const auto add = [&](const char* name, const char* help, Action action) {
        CLI::App* below = line.add_below(command, name, help, std::move(action));
        below->add_option("NAME", options->name, "The channel");
        below->add_flag("--all", options->all, "All channels");
        below->fallthrough();
        return below;
    };
    CLI::App* suspending = add(
        "suspend", "Let nothing more of a channel leave, whichever daemon would send it; its messages wait",
        [options] { return suspend(*options); });
    suspending->add_option("--for", options->duration,
                           "For how long, such as 2h (default: until it is resumed)");
    suspending->add_option("--reason", options->reason, "Why: it is shown on the status");
    add("resume", "Let a channel send again", [options] { return resume(*options); })
        ->footer(
            "--all also says that this database is the one that sends: after a restore, a move or a "
            "fail-over\n"
            "nothing leaves until then.");
}

}  // namespace postrider
