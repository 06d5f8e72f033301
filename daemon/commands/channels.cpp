#include "daemon/commands/commands.h"
#include "daemon/commands/table.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/store/message_queries.h"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace postrider {

namespace {

constexpr int activity_hours = 24;

struct Options {
    std::filesystem::path file;
    bool json = false;
};

std::string rate_text(const std::optional<Rate>& rate) {
    if (!rate) return "unlimited";
    const std::string_view unit = rate->period == std::chrono::seconds{1}   ? "s"
                                  : rate->period == std::chrono::minutes{1} ? "min"
                                                                            : "h";
    return fmt::format("{:g}/{}", rate->messages, unit);
}

boost::json::object describe_channel(const Channel& channel, const boost::json::array& activity) {
    boost::json::object row;
    row["name"] = channel.name;
    row["transport"] = channel.transport;
    row["default"] = channel.is_default ? "yes" : "no";
    row["rate"] = rate_text(channel.rate);
    row["concurrency"] = std::to_string(channel.concurrency);
    row["sent"] = "0";
    row["not_sent"] = "0";
    row["last_attempt"] = nullptr;
    for (const auto& each : activity) {
        if (each.at("channel").as_string() != channel.name) continue;
        for (const char* key : {"sent", "not_sent", "last_attempt"}) row[key] = each.at(key);
    }
    return row;
}

int list_channels(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    const auto activity = MessageQueries(database_settings(*config)).channel_activity(activity_hours);
    boost::json::array rows;
    for (const ChannelConfig& each : config->channels)
        rows.push_back(describe_channel(each.channel, activity));
    if (options.json) {
        std::cout << boost::json::serialize(rows) << '\n';
    } else {
        print_table(
            std::cout, rows,
            {"name", "transport", "default", "rate", "concurrency", "sent", "not_sent", "last_attempt"});
        std::cout << fmt::format("(sent and not sent: attempts of the last {} hours)\n", activity_hours);
    }
    return done;
}

}  // namespace

void add_channels(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command = line.add("channels", "List the configured channels and what they sent lately",
                                 [options] { return list_channels(*options); });
    add_config_option(command, options->file);
    command->add_flag("--json", options->json, "Print JSON");
}

}  // namespace postrider
