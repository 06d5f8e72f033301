#pragma once

#include "lib/store/private_postgres.h"

#include <string>

namespace postrider::testing {

/// The PostgreSQL server that all tests of this program share. It has the roles
/// - postgres: superuser, for what tests do and look at themselves;
/// - postrider_daemon: has what `migrate --grant` gives, and is what our code connects as;
/// - site: owns the tables where a site has made them;
/// - app: an application with no rights but those a test gives it;
/// - locked: has the password below, and needs it;
/// and a database to copy, migrated and granted to postrider_daemon.
PrivatePostgres& cluster();

inline constexpr const char* daemon_role = "postrider_daemon";
inline constexpr const char* migrated_database = "migrated";
inline constexpr const char* locked_password = "correct-horse";

}  // namespace postrider::testing
