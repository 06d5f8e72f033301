#pragma once

#include "lib/model/site_channel.h"
#include "lib/store/database.h"
#include "lib/store/pqxx_fwd.h"

#include <string>
#include <vector>

namespace postrider {

/// The channels in the site's switchboard tables, in the order of their ids; none where `site_schema` has
/// no such tables. Throws DatabaseSetupError where the role may not read them. Blocks.
std::vector<SiteChannel> read_site_channels(pqxx::connection& connection, const std::string& site_schema);

/// The same with a connection of its own, of a database that may not be migrated yet.
std::vector<SiteChannel> read_site_channels(const DatabaseSettings& settings);

}  // namespace postrider
