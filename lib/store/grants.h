#pragma once

#include "lib/store/pqxx_fwd.h"

#include <string>
#include <vector>

namespace postrider {

/// What the daemon's role needs, and no more. Throws DatabaseSetupError if there is no such role.
void grant_to_daemon(pqxx::connection& connection, const std::string& site_schema, const std::string& role);

/// The roles that run daemons here: those that may write the journal, but for its owner.
std::vector<std::string> daemon_roles(pqxx::connection& connection);

/// Takes back what grant_to_daemon gave on things that are the site's, but for what a role had before.
void take_back_grants(pqxx::transaction_base& transaction);

/// postrider.enqueue, postrider.ready and the view, for every role that may insert messages itself.
void grant_to_applications(pqxx::connection& connection, const std::string& site_schema);

}  // namespace postrider
