#include "daemon/commands/commands.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace postrider {

namespace {

/// What the database has of channels, if it answers: a file is valid without it.
SiteChannels look_at_switchboard(const Config& config) {
    try {
        return site_channels(config);
    } catch (const std::exception& error) {
        std::cerr << "warning: the site's switchboard was not looked at: "
                  << std::string_view(error.what()).substr(0, std::string_view(error.what()).find('\n'))
                  << '\n';
        return {};
    }
}

}  // namespace

void add_check_config(CommandLine line) {
    auto file = std::make_shared<std::filesystem::path>();
    CLI::App* command = line.add(
        "check-config",
        "Check the configuration file and the site's switchboard, and say all that is wrong with them",
        [file] {
            const auto config = read_or_complain(*file, true);
            if (!config) return wrong_usage;
            const auto site = look_at_switchboard(*config);
            for (const std::string& problem : site.problems) std::cerr << problem << '\n';
            if (!site.problems.empty()) return wrong_usage;
            const std::size_t channels = all_channels(*config, site).size();
            std::cout << fmt::format("{}: valid, {} channel{}{}\n", file->string(), channels,
                                     channels == 1 ? "" : "s",
                                     site.channels.empty() ? "" : " with those of the site's switchboard");
            return done;
        });
    add_config_option(command, *file);
}

}  // namespace postrider
