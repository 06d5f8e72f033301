#pragma once

#include "lib/store/pqxx_fwd.h"

#include <string>

namespace postrider {

/// What the daemon's role needs, and no more. Throws DatabaseSetupError if there is no such role.
void grant_to_daemon(pqxx::connection& connection, const std::string& site_schema, const std::string& role);

/// postrider.enqueue, postrider.ready and the view, for every role that may insert messages itself.
void grant_to_applications(pqxx::connection& connection, const std::string& site_schema);

}  // namespace postrider
