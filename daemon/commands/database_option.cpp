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

bool use_database_option(const std::string& setting, Secret& url) {
    if (setting.empty()) return true;
    auto read = read_secret(setting, process_environment());
    if (!read) {
        std::cerr << "--database: " << read.error().what << '\n';
        return false;
    }
    url = std::move(*read);
    return true;
}

}  // namespace postrider
