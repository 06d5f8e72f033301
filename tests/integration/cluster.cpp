#include "tests/integration/cluster.h"

#include "lib/store/migrator.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <fstream>
#include <memory>
#include <sstream>

namespace postrider::testing {

namespace {

std::unique_ptr<PrivatePostgres> server;

/// The first line that fits a connection decides.
void demand_password_of_locked() {
    const std::filesystem::path file = server->folder() / "data/pg_hba.conf";
    std::ostringstream rest;
    rest << std::ifstream(file).rdbuf();
    std::ofstream(file) << "local all locked scram-sha-256\n" << rest.str();
}

struct ClusterEnvironment : ::testing::Environment {
    void SetUp() override {
        server = std::make_unique<PrivatePostgres>();
        demand_password_of_locked();
        pqxx::connection connection(server->url());
        pqxx::nontransaction session(connection);
        for (const char* role : {daemon_role, "site", "app", "locked"}) {
            session.exec(fmt::format("create role {} login", role));
        }
        session.exec(fmt::format("alter role locked password '{}'", locked_password));
        session.exec("select pg_reload_conf()");
        session.exec(fmt::format("create database {}", migrated_database));
        DatabaseSettings owner;
        owner.url = Secret(server->url(migrated_database));
        MigrateOptions options;
        options.grant_to = daemon_role;
        migrate(owner, options, [](const std::string&) {});
    }
    void TearDown() override { server.reset(); }
};

const ::testing::Environment* const environment =
    ::testing::AddGlobalTestEnvironment(new ClusterEnvironment);  // gtest deletes it

}  // namespace

PrivatePostgres& cluster() { return *server; }

}  // namespace postrider::testing
