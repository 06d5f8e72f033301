#include "tests/integration/test_database.h"

#include "lib/process/child_process.h"
#include "lib/store/sql_time.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace postrider::testing {

namespace {

std::string next_name() {
    static int count = 0;
    return fmt::format("test_{}", ++count);
}

}  // namespace

TestDatabase::TestDatabase(const std::string& copied_from) : name_(next_name()) {
    pqxx::connection connection(cluster().url());
    pqxx::nontransaction(connection).exec(fmt::format("create database {} template {}", name_, copied_from));
    // A copy would not send.
    if (copied_from == migrated_database) sql("select postrider.accept_identity()");
}

TestDatabase::~TestDatabase() {
    try {
        admin_.reset();
        pqxx::connection connection(cluster().url());
        pqxx::nontransaction session(connection);
        session.exec_params("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
                            name_);
        session.exec("drop database " + name_);  // waits some seconds for those sessions
    } catch (const std::exception&) {
        // It goes with the server.
    }
}

DatabaseSettings TestDatabase::settings(const std::string& role) const {
    DatabaseSettings settings;
    settings.url = Secret(cluster().url(name_, role));
    return settings;
}

std::unique_ptr<pqxx::connection> TestDatabase::connect(const std::string& role) const {
    return open_connection(settings(role));
}

void TestDatabase::script(const std::string& statements) { pqxx::nontransaction(admin()).exec(statements); }

TimePoint TestDatabase::now() { return from_sql_time(text("select " + sql_time("clock_timestamp()"))); }

long long TestDatabase::end_sessions_of(const std::string& role) {
    return number(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity "
        "where datname = current_database() and usename = $1",
        role);
}

std::string TestDatabase::dump() const {
    const std::filesystem::path file = std::filesystem::path(cluster().folder()) / (name_ + ".sql");
    const int status = run_command({(cluster().programs() / "pg_dump").string(), "--schema-only",
                                    "--exclude-schema=postrider", "--dbname", cluster().url(name_)},
                                   {.output = file, .environment = {}});
    std::ifstream stream(file);
    std::string text;
    for (std::string line; std::getline(stream, line);) {
        // "\restrict" has a random word.
        if (!line.empty() && !line.starts_with("--") && line[0] != '\\') text += line + "\n";
    }
    std::filesystem::remove(file);
    if (status != 0) throw std::runtime_error("pg_dump failed: " + text);
    return text;
}

pqxx::connection& TestDatabase::admin() {
    if (!admin_ || !admin_->is_open()) {
        admin_ = std::make_unique<pqxx::connection>(cluster().url(name_));
        pqxx::nontransaction(*admin_).exec("set postrider.guard = off");
    }
    return *admin_;
}

}  // namespace postrider::testing
