#include "lib/store/migrator.h"

#include "lib/store/advisory_lock.h"
#include "lib/store/grants.h"
#include "lib/store/migrations.h"
#include "lib/store/site_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pqxx/pqxx>

#include <array>
#include <thread>
#include <utility>
#include <vector>

namespace postrider {

namespace {

using Say = std::function<void(const std::string&)>;

constexpr std::chrono::milliseconds lock_pause{200};
constexpr int lock_tries = 300;    // a minute for another migrator, which may be building an index
constexpr int trigger_tries = 20;  // of three seconds each, for the site's own transactions to pass
constexpr std::array our_indexes{"postrider_outgoing_due", "postrider_outgoing_sent"};

/// Two migrators meet here. Polled: waiting inside the lock function would deadlock with a
/// concurrent index build, which waits for all older transactions.
class MigrationLock {
public:
    explicit MigrationLock(pqxx::connection& connection) : connection_(connection) {
        for (int i = 0; i < lock_tries; ++i) {
            if (call("select pg_try_advisory_lock($1::int, 1)")) return;
            std::this_thread::sleep_for(lock_pause);
        }
        throw DatabaseSetupError(
            "another `postrider migrate` has been at work for a minute; try again later");
    }
    MigrationLock(const MigrationLock&) = delete;
    MigrationLock& operator=(const MigrationLock&) = delete;
    ~MigrationLock() {
        try {
            call("select pg_advisory_unlock($1::int, 1)");
        } catch (const std::exception&) {
            // The link is gone, and with it the lock.
        }
    }

private:
    bool call(const char* sql) {
        pqxx::nontransaction session(connection_);
        return session.exec_params(sql, advisory::migration)[0][0].as<bool>();
    }
    pqxx::connection& connection_;
};

int applied_migration(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    if (session.exec("select to_regclass('postrider.migration')")[0][0].is_null()) return 0;
    return session.exec("select coalesce(max(number), 0) from postrider.migration")[0][0].as<int>();
}

/// The site's migrations that change a column's type want it dropped first (docs/operations.md).
bool has_view(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    return !session.exec("select to_regclass('postrider.messages')")[0][0].is_null();
}

/// Where the message tables are, or are to be.
std::string choose_site_schema(pqxx::connection& connection) {
    std::string existing = schema_of(connection, "simple_messaging_outgoingmessage");
    if (!existing.empty()) return existing;
    pqxx::nontransaction session(connection);
    const pqxx::result current = session.exec("select current_schema()");
    if (!current[0][0].is_null()) return current[0][0].c_str();
    throw DatabaseSetupError(
        "the role's search_path names no schema that exists: where should the tables be?");
}

void describe_site(pqxx::connection& connection, const Say& say) {
    pqxx::nontransaction session(connection);
    for (const std::string& table : site_tables()) {
        const pqxx::result found = session.exec_params(
            "select c.oid::regclass::text, pg_get_userbyid(c.relowner), greatest(c.reltuples, 0)::bigint, "
            "pg_size_pretty(pg_total_relation_size(c.oid)) from pg_class c where c.oid = to_regclass($1)",
            table);
        if (found.empty()) {
            say(fmt::format("absent:  {}", table));
        } else {
            say(fmt::format("present: {} (owner {}, about {} rows, {})", found[0][0].c_str(),
                            found[0][1].c_str(), found[0][2].as<long long>(), found[0][3].c_str()));
        }
    }
}

/// What a first `migrate` comes to, and a daemon that is started then.
void describe_cost(pqxx::connection& connection, const Say& say) {
    if (schema_of(connection, "simple_messaging_outgoingmessage").empty()) return;
    try {
        pqxx::nontransaction session(connection);
        const pqxx::row row = session.exec(
            "select count(*), count(*) filter (where send_date <= now()), pg_size_pretty(8192 + 40 * "
            "count(*)), "
            "pg_size_pretty(pg_table_size('simple_messaging_outgoingmessage')) "
            "from simple_messaging_outgoingmessage where sent_date is null and not errored")[0];
        say(fmt::format(
            "waiting: {} messages, {} of them due: these are sent once a daemon runs, but for those "
            "that `lateness_max` holds",
            row[0].c_str(), row[1].c_str()));
        say(fmt::format(
            "cost:    two indexes, about {} together; each is built beside the site, which writes on, "
            "by reading all of the table ({}) twice",
            row[2].c_str(), row[3].c_str()));
    } catch (const pqxx::sql_error& error) {
        if (error.sqlstate() != "57014") throw;  // statement_timeout
        say("waiting: so many that they cannot be counted in time");
    }
}

/// A concurrent index build that was broken off leaves an invalid index, which IF NOT EXISTS would
/// take for the real one.
void drop_invalid_indexes(pqxx::connection& connection, const std::string& schema) {
    pqxx::nontransaction session(connection);
    for (const char* index : our_indexes) {
        const std::string name = session.quote_name(schema) + "." + index;
        const pqxx::result invalid = session.exec_params(
            "select from pg_index i where i.indexrelid = to_regclass($1) and not i.indisvalid", name);
        if (!invalid.empty()) session.exec("drop index concurrently " + name);
    }
}

void apply(pqxx::connection& connection, const Migration& migration, const std::string& schema) {
    const auto note = [&](pqxx::transaction_base& transaction) {
        transaction.exec_params("insert into postrider.migration (number, name) values ($1::int, $2)",
                                migration.number, std::string(migration.name));
    };
    if (migration.outside_transaction) {
        // As long as the table is large, and the site's transactions are long.
        pqxx::nontransaction(connection).exec("set statement_timeout = 0");
        drop_invalid_indexes(connection, schema);
        pqxx::nontransaction session(connection);
        session.exec(migration.sql);
        note(session);
        return;
    }
    pqxx::work transaction(connection);
    transaction.exec(migration.sql);
    note(transaction);
    transaction.commit();
}

/// Triggers on a message table that come and go together.
struct TriggerSet {
    const char* name;
    const char* table;
    const char* on;   ///< the SQL that makes them
    const char* off;  ///< and that drops them
    std::vector<std::string> triggers;
};

const TriggerSet doorbell{"doorbell",
                          "simple_messaging_outgoingmessage",
                          "doorbell_on.sql",
                          "doorbell_off.sql",
                          {"postrider_doorbell_insert", "postrider_doorbell_update"}};
const TriggerSet receiver{"receiver",
                          "simple_messaging_incomingmessage",
                          "receiver_on.sql",
                          "receiver_off.sql",
                          {"postrider_incoming"}};
const TriggerSet guard{
    "guard", "simple_messaging_outgoingmessage", "guard_on.sql", "guard_off.sql", {"postrider_guard"}};

std::size_t count(pqxx::connection& connection, const TriggerSet& set, const std::string& schema) {
    pqxx::nontransaction session(connection);
    return session
        .exec_params(
            "select count(*) from pg_trigger where tgrelid = to_regclass($1) and tgname = any ($2::text[])",
            session.quote_name(schema) + "." + set.table,
            fmt::format("{{{}}}", fmt::join(set.triggers, ",")))[0][0]
        .as<std::size_t>();
}

/// Runs DDL on the site's table without ever standing in its way for long: a lock that is not had
/// soon is given up and tried again, since whoever queues behind us would wait as well.
void run_with_short_locks(pqxx::connection& connection, const std::string& sql) {
    for (int left = trigger_tries;; --left) {
        try {
            pqxx::work transaction(connection);
            transaction.exec("set local lock_timeout = '3s'");
            transaction.exec(sql);
            transaction.commit();
            return;
        } catch (const pqxx::sql_error& error) {
            if (error.sqlstate() != "55P03" || left <= 1) throw;  // lock_not_available
        }
        std::this_thread::sleep_for(lock_pause);
    }
}

std::string quoted_schema(pqxx::connection& connection, const std::string& schema) {
    return pqxx::nontransaction(connection).quote_name(schema);
}

void set_triggers(pqxx::connection& connection, const TriggerSet& set, const std::string& schema, bool on) {
    const std::string quoted = quoted_schema(connection, schema);
    std::string sql;
    // Dropping takes a lock that readers too stand against, even where there is nothing to drop.
    if (count(connection, set, schema) > 0) sql = migration_snippet(set.off, quoted);
    if (on) sql += migration_snippet(set.on, quoted);
    run_with_short_locks(connection, sql);
}

/// An index and triggers are for a table's owner to make.
void refuse_foreign_owner(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    const pqxx::result foreign = session.exec(
        "select pg_get_userbyid(relowner) from pg_class "
        "where oid = to_regclass('simple_messaging_outgoingmessage') and not pg_has_role(relowner, 'usage')");
    if (foreign.empty()) return;
    throw DatabaseSetupError(fmt::format(
        "table simple_messaging_outgoingmessage belongs to role {}, and {} is no member of it: run "
        "`postrider migrate` as that role or as a superuser (--database); nothing was changed",
        foreign[0][0].c_str(), connection.username()));
}

void refuse_unfit(pqxx::connection& connection) {
    refuse_foreign_owner(connection);
    if (const auto problems = find_site_problems(connection); !problems.empty()) {
        throw DatabaseSetupError(fmt::format(
            "the message tables are not as the Django package makes them: {}; nothing was changed",
            fmt::join(problems, "; ")));
    }
    const int applied = applied_migration(connection);
    if (applied > newest_migration()) {
        throw DatabaseSetupError(
            fmt::format("this database was migrated by a newer Postrider (step {}; this one knows {}); "
                        "nothing was changed",
                        applied, newest_migration()));
    }
}

}  // namespace

void migrate(const DatabaseSettings& settings, const MigrateOptions& options, const Say& say) {
    const auto connection = open_connection(settings);
    const MigrationLock lock(*connection);
    const std::string schema = choose_site_schema(*connection);
    describe_site(*connection, say);
    refuse_unfit(*connection);
    const int applied = applied_migration(*connection);
    if (!options.dry_run) pqxx::nontransaction(*connection).exec(migration_snippet("bootstrap.sql", ""));
    int steps = 0;
    for (const Migration& each : migrations(quoted_schema(*connection, schema))) {
        if (each.number <= applied) continue;
        say(fmt::format("{} {}", options.dry_run ? "would apply" : "applying", each.name));
        if (!options.dry_run) apply(*connection, each, schema);
        ++steps;
    }
    if (applied > 0 && !has_view(*connection)) {
        say(options.dry_run ? "would create view postrider.messages" : "creating view postrider.messages");
        const std::string view = messages_view(quoted_schema(*connection, schema));
        if (!options.dry_run) pqxx::nontransaction(*connection).exec(view);
        ++steps;
    }
    for (const auto& [set, on] :
         {std::pair(&doorbell, options.notify), {&guard, options.guard}, {&receiver, true}}) {
        if (count(*connection, *set, schema) == (on ? set->triggers.size() : 0)) continue;
        const char* const what =
            options.dry_run ? (on ? "would create" : "would drop") : (on ? "creating" : "dropping");
        say(fmt::format("{} the {}'s {}", what, set->name,
                        set->triggers.size() == 1 ? "trigger" : "triggers"));
        if (!options.dry_run) set_triggers(*connection, *set, schema, on);
        ++steps;
    }
    if (!options.dry_run) {
        grant_to_applications(*connection, schema);
        // A new step may have brought new tables.
        for (const std::string& role : daemon_roles(*connection)) grant_to_daemon(*connection, schema, role);
    }
    if (!options.grant_to.empty()) {
        say(fmt::format("{} role {} what the daemon needs", options.dry_run ? "would grant" : "granting",
                        options.grant_to));
        if (!options.dry_run) grant_to_daemon(*connection, schema, options.grant_to);
    }
    if (options.dry_run) {
        if (applied == 0) describe_cost(*connection, say);
        say("nothing was changed. Each trigger needs its table for an instant, and gives way to whoever has "
            "it.");
    } else {
        say(steps == 0
                ? fmt::format("schema {} is up to date (step {})", schema, newest_migration())
                : fmt::format("done: the message tables are in schema {}, ours in schema postrider", schema));
    }
}

void uninstall(const DatabaseSettings& settings, bool dry_run, const Say& say) {
    const auto connection = open_connection(settings);
    const MigrationLock lock(*connection);
    {
        pqxx::nontransaction session(*connection);
        if (session.exec("select to_regnamespace('postrider')")[0][0].is_null()) {
            say("there is no schema postrider here: nothing to do");
            return;
        }
        // A daemon's lock says that it lives, whatever its row says.
        if (!session
                 .exec_params(
                     "select from pg_locks where locktype = 'advisory' and classid = $1::int::oid "
                     "and database = (select oid from pg_database where datname = current_database())",
                     advisory::daemons)
                 .empty()) {
            throw DatabaseSetupError(
                "a daemon is running on this database: stop it first; nothing was changed");
        }
    }
    const std::string schema = choose_site_schema(*connection);
    const std::string quoted = quoted_schema(*connection, schema);
    say(fmt::format("{} our triggers, our indexes and schema postrider; the message tables stay",
                    dry_run ? "would drop" : "dropping"));
    if (dry_run) return;
    for (const TriggerSet* set : {&doorbell, &guard, &receiver}) {
        run_with_short_locks(*connection, migration_snippet(set->off, quoted));
    }
    pqxx::nontransaction session(*connection);
    session.exec("set statement_timeout = 0");
    for (const char* index : our_indexes) {
        session.exec(fmt::format("drop index concurrently if exists {}.{}", quoted, index));
    }
    take_back_grants(session);
    session.exec("drop schema postrider cascade");
    say("done");
}

}  // namespace postrider
