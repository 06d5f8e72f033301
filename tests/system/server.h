#pragma once

#include "lib/store/private_postgres.h"

#include <string>

namespace postrider::testing {

/// The role that the daemon has: the rights of `migrate --grant`, and no more.
constexpr const char* daemon_role = "postrider_daemon";
/// The role that owns the databases, as a Django site's role does; no superuser.
constexpr const char* owner_role = "site_owner";
/// A role that must give its password.
constexpr const char* password_role = "password_daemon";
constexpr const char* password_of_role = "p4ssword-of-the-role";

/// A private PostgreSQL with our roles, and databases as a Django site has them, where
/// `postrider migrate` has been.
class Server {
public:
    explicit Server(bool durable = false);

    PrivatePostgres& postgres() { return postgres_; }
    std::string url(const std::string& database, const std::string& role) const {
        return postgres_.url(database, role);
    }

    /// The name of a new database that has the site's tables, and was migrated.
    std::string create_database();
    /// The name of a new database with nothing in it.
    std::string create_empty_database();
    void drop_database(const std::string& name);

private:
    void execute(const std::string& database, const std::string& role, const std::string& sql) const;

    PrivatePostgres postgres_;
    int databases_ = 0;
    bool has_template_ = false;
};

/// The one that the whole program shares.
Server& shared_server();

/// Stopped for as long as this lives.
class ServerStopped {
public:
    ServerStopped(Server& server, int signal);
    ServerStopped(const ServerStopped&) = delete;
    ServerStopped& operator=(const ServerStopped&) = delete;
    ~ServerStopped();

private:
    Server& server_;
};

}  // namespace postrider::testing
