#include "daemon/commands/database_option.h"

#include "lib/config/secret_source.h"

#include <CLI/CLI.hpp>

#include <iostream>

namespace postrider {

void add_database_option(CLI::App* command, std::string& setting) {
    command->add_option(
        "--database", setting,
        "Another database URL than the configuration's, for the tables' owner; since others see "
        "arguments, one with a password by env:NAME or file:/PATH");
}

std::optional<Secret> read_database_option(const std::string& setting) {
    auto url = read_secret(setting, process_environment());
    if (url) return std::move(*url);
    std::cerr << "--database: " << url.error().what << '\n';
    return std::nullopt;
}

}  // namespace postrider
