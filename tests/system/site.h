#pragma once

#include "lib/store/pqxx_fwd.h"
#include "tests/system/server.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::testing {

using MessageId = long long;

/// What a Django site would save.
struct NewRow {
    std::string destination = "+13125550101";
    std::string message = "Visit at 9:00";
    /// From now, by the database's clock.
    std::chrono::milliseconds send_in{0};
    /// SQL instead of `send_in`, such as 'infinity' in quotes.
    std::string send_date_sql{};
    std::optional<std::string> transmission_metadata = "{\n  \"message_channel\": null\n}";
};

/// A row as it is now.
struct Row {
    std::string destination;
    std::string message;
    bool sent = false;  ///< sent_date is not null
    bool errored = false;
    std::optional<std::string> metadata;
    double lag_seconds = 0;  ///< from send_date to sent_date

    /// Neither sent nor errored.
    bool waits() const { return !sent && !errored; }
    bool ended_well() const { return sent && !errored; }
    /// Whether the metadata has this in it.
    bool says(const std::string& text) const { return metadata && metadata->find(text) != std::string::npos; }
};

/// A Django site's database, with its message tables and our schema; gone with the object.
class Site {
public:
    enum class Tables { migrated, none };

    explicit Site(Server& server = shared_server(), Tables tables = Tables::migrated);
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;
    ~Site();

    Server& server() const { return server_; }
    const std::string& database() const { return database_; }
    std::string url(const std::string& role = daemon_role) const { return server_.url(database_, role); }

    /// One row, committed, with every column that Django gives.
    MessageId insert(const NewRow& row = {});
    /// Many, committed at once.
    std::vector<MessageId> insert_all(const std::vector<NewRow>& rows);
    Row row(MessageId id);
    std::vector<Row> rows();

    /// As the site's role. Reconnects when the server has been away.
    void execute(const std::string& sql);
    /// The first value; "" for null and for no row.
    std::string value(const std::string& sql);
    long long number(const std::string& sql);

    /// Whether it came to have a sent_date, errored or not, in time.
    bool wait_for_end(MessageId id);
    bool wait_for_all_ended();
    /// Whether this query came to say 't' in time.
    bool wait_for(const std::string& condition_sql);
    /// Everything in the tables of schema postrider, as text.
    std::string dump_own_tables() { return dump("schemaname = 'postrider'"); }
    /// And in the site's too.
    std::string dump_all_tables() { return dump("schemaname not in ('pg_catalog', 'information_schema')"); }

private:
    pqxx::connection& connection();
    std::string dump(const std::string& of_which_tables);

    Server& server_;
    std::string database_;
    std::unique_ptr<pqxx::connection> connection_;
};

/// A transaction of the site's that has done something and not committed yet; rolled back with the object.
class HeldTransaction {
public:
    HeldTransaction(const Site& site, const std::string& sql);
    HeldTransaction(const HeldTransaction&) = delete;
    HeldTransaction& operator=(const HeldTransaction&) = delete;
    ~HeldTransaction();

    void commit() const;

private:
    struct Session;
    std::unique_ptr<Session> session_;
};

}  // namespace postrider::testing
