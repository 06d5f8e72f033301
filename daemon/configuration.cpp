#include "daemon/configuration.h"

#include "lib/store/switchboard.h"
#include "transports/transports.h"

#include <fmt/format.h>

#include <iostream>

namespace postrider {

std::string to_text(const std::filesystem::path& file, const Problem& problem) {
    if (problem.line == 0) return fmt::format("{}: {}", file.string(), problem.what);
    return fmt::format("{}:{}:{}: {}", file.string(), problem.line, problem.column, problem.what);
}

std::optional<Config> read_or_complain(const std::filesystem::path& file, bool with_warnings) {
    auto result = load_config(file, all_transport_kinds());
    if (!result) {
        for (const Problem& problem : result.error()) std::cerr << to_text(file, problem) << '\n';
        return std::nullopt;
    }
    if (with_warnings) {
        for (const Problem& warning : result->warnings)
            std::cerr << "warning: " << to_text(file, warning) << '\n';
    }
    return std::move(result->config);
}

SiteChannels site_channels(const Config& config) {
    if (!config.switchboard) return {};
    return check_site_channels(read_site_channels(database_settings(config)), all_transport_kinds());
}

DatabaseSettings database_settings(const Config& config) {
    return {.url = config.database.url, .pool_size = config.database.pool_size, .site_schema = ""};
}

}  // namespace postrider
