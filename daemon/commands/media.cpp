#include "daemon/commands/commands.h"
#include "daemon/commands/moment.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/store/media_again.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    std::string since = "7d";
    bool dry_run = false;
    bool json = false;
};

/// Channels by which messages come in.
std::set<std::string> incoming_channels(const Config& config) {
    std::set<std::string> names;
    for (const ChannelConfig& each : all_channels(config, site_channels(config))) {
        if (each.takes_webhooks()) names.insert(each.channel.name);
    }
    return names;
}

int fetch_again(const Options& options) {
    const auto since = moment_ago(options.since);
    if (!since) {
        std::cerr << "postrider media: --since wants a duration, such as 7d\n";
        return wrong_usage;
    }
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    const MissingMedia missing =
        fetch_media_again(database_settings(*config), *since, incoming_channels(*config), options.dry_run);
    if (options.json) {
        std::cout << boost::json::serialize(
                         boost::json::object{{"queued", missing.queued}, {"left", missing.left}})
                  << '\n';
        return done;
    }
    std::cout << fmt::format("{} files {} fetched again\n", missing.queued,
                             options.dry_run ? "would be" : "are");
    if (missing.left > 0)
        std::cout << fmt::format(
            "{} files are left: their messages came by no channel of this configuration\n", missing.left);
    return done;
}

}  // namespace

void add_media(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* above = line.add("media", "Files of replies that could not be had: `media fetch-again`", [] {
        std::cerr << "postrider media: what? `postrider media fetch-again --help` tells more\n";
        return static_cast<int>(wrong_usage);
    });
    CLI::App* command =
        line.add_below(above, "fetch-again",
                       "Have the daemons fetch again what of replies could not be fetched, and is not here",
                       [options] { return fetch_again(*options); });
    add_config_option(command, options->file);
    command->add_option("--since", options->since, "Of messages that came in so long ago at most")
        ->capture_default_str();
    command->add_flag("--dry-run", options->dry_run, "Say how many, and do nothing");
    command->add_flag("--json", options->json, "Print JSON");
    command->footer("As a job: { name: media, task: media, cron: \"@daily\", queue: nightly }");
}

}  // namespace postrider
