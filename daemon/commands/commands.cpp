#include "daemon/commands/commands.h"

#include <CLI/CLI.hpp>

namespace postrider {

CLI::App* CommandLine::add(const std::string& name, const std::string& help, Action action) const {
    return add_below(&app, name, help, std::move(action));
}

CLI::App* CommandLine::add_below(CLI::App* parent, const std::string& name, const std::string& help,
                                 Action action) const {
    CLI::App* command = parent->add_subcommand(name, help);
    command->callback([&where = chosen, command, action = std::move(action)] {
        if (command->get_subcommands().empty()) where = action;
    });
    return command;
}

void add_config_option(CLI::App* command, std::filesystem::path& file) {
    file = "/etc/postrider/postrider.yaml";
    command->add_option("-c,--config", file, "The configuration file")
        ->envname("POSTRIDER_CONFIG")
        ->capture_default_str();
}

}  // namespace postrider
