#include "daemon/commands/commands.h"

#include <CLI/CLI.hpp>

namespace postrider {

CLI::App* CommandLine::add(const std::string& name, const std::string& help, Action action) {
    CLI::App* command = app.add_subcommand(name, help);
    command->callback([&where = chosen, action = std::move(action)] { where = action; });
    return command;
}

void add_config_option(CLI::App* command, std::filesystem::path& file) {
    file = "/etc/postrider/postrider.yaml";
    command->add_option("-c,--config", file, "The configuration file")
        ->envname("POSTRIDER_CONFIG")
        ->capture_default_str();
}

}  // namespace postrider
