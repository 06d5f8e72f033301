#pragma once

#include "lib/config/read_config.h"
#include "lib/config/site_channels.h"
#include "lib/store/database.h"

#include <filesystem>
#include <optional>
#include <string>

namespace postrider {

/// Reads the file; on problems prints them all, as `file:line:column: what`, to standard error and
/// returns nothing. Warnings are printed too where `with_warnings`.
std::optional<Config> read_or_complain(const std::filesystem::path& file, bool with_warnings = false);

std::string to_text(const std::filesystem::path& file, const Problem& problem);

/// The channels in the site's switchboard tables, where they are used. Throws what connecting throws.
SiteChannels site_channels(const Config& config);

/// What the store needs of the configuration.
DatabaseSettings database_settings(const Config& config);

}  // namespace postrider
