#include "daemon/commands/commands.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace postrider {

void add_check_config(CommandLine line) {
    auto file = std::make_shared<std::filesystem::path>();
    CLI::App* command =
        line.add("check-config", "Check the configuration file, and say all that is wrong with it", [file] {
            const auto config = read_or_complain(*file, true);
            if (!config) return wrong_usage;
            std::cout << fmt::format("{}: valid, {} channel{}\n", file->string(), config->channels.size(),
                                     config->channels.size() == 1 ? "" : "s");
            return done;
        });
    add_config_option(command, *file);
}

}  // namespace postrider
