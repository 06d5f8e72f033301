#pragma once

#include "lib/async/clock.h"
#include "lib/store/database.h"
#include "tests/integration/cluster.h"

#include <pqxx/pqxx>

#include <memory>
#include <string>

namespace postrider::testing {

/// A database of one test, dropped with it. Statements given to it run as the superuser, and no guard
/// looks at them.
class TestDatabase {
public:
    /// A copy of the migrated database; of "template1": an empty one.
    explicit TestDatabase(const std::string& copied_from = migrated_database);
    TestDatabase(const TestDatabase&) = delete;
    ~TestDatabase();

    const std::string& name() const { return name_; }
    DatabaseSettings settings(const std::string& role = daemon_role) const;

    /// A new connection, with our session settings.
    std::unique_ptr<pqxx::connection> connect(const std::string& role = "postgres") const;

    template <class... Args>
    pqxx::result sql(const std::string& statement, Args&&... args) {
        pqxx::nontransaction session(admin());
        return session.exec_params(statement, std::forward<Args>(args)...);
    }
    /// Several statements, without parameters.
    void script(const std::string& statements);
    /// The one value that a query returns, as text; "(null)" for null.
    template <class... Args>
    std::string text(const std::string& query, Args&&... args) {
        const pqxx::result result = sql(query, std::forward<Args>(args)...);
        return result.at(0)[0].is_null() ? "(null)" : result[0][0].c_str();
    }
    template <class... Args>
    long long number(const std::string& query, Args&&... args) {
        return sql(query, std::forward<Args>(args)...).at(0)[0].template as<long long>();
    }
    TimePoint now();

    /// Our own session ends, until the next statement.
    void disconnect() { admin_.reset(); }
    /// Ends the sessions of `role`; returns how many there were.
    long long end_sessions_of(const std::string& role);

    /// `pg_dump --schema-only` of everything outside schema postrider, without comments.
    std::string dump() const;

private:
    pqxx::connection& admin();

    std::string name_;
    std::unique_ptr<pqxx::connection> admin_;
};

}  // namespace postrider::testing
