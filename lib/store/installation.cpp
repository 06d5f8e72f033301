#include "lib/store/installation.h"

#include "lib/store/migrations.h"
#include "lib/store/site_tables.h"
#include "lib/store/sql_time.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pqxx/pqxx>

namespace postrider {

namespace {

/// Session locks and LISTEN report success through a pooler and are worthless: the session that
/// took them is not the one that the next statement runs in.
void refuse_pooler(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    if (session.exec("select pg_backend_pid()")[0][0].as<int>() == connection.backendpid()) return;
    throw DatabaseSetupError(
        "database.url leads to a connection pooler (the server process is not the one that answered first); "
        "Postrider needs sessions of its own for its locks and for LISTEN: give it the server's own address");
}

[[noreturn]] void refuse_unmigrated() {
    throw DatabaseSetupError("this database has no schema postrider yet: run `postrider migrate` once");
}

[[noreturn]] void refuse_role(pqxx::connection& connection, const std::string& missing) {
    throw DatabaseSetupError(
        fmt::format("role {0} lacks {1}: run `postrider migrate --grant {0}` as the database's owner",
                    connection.username(), missing));
}

void refuse_other_schema_version(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    if (session.exec("select to_regnamespace('postrider')")[0][0].is_null()) refuse_unmigrated();
    // Asked for before any name in the schema is: without the right to look, names raise errors.
    if (!session.exec("select has_schema_privilege('postrider', 'usage')")[0][0].as<bool>()) {
        refuse_role(connection, "usage on schema postrider");
    }
    if (session.exec("select to_regclass('postrider.migration')")[0][0].is_null()) refuse_unmigrated();
    if (!session.exec("select has_table_privilege('postrider.migration', 'select')")[0][0].as<bool>()) {
        refuse_role(connection, "select on postrider.migration");
    }
    const int newest = newest_migration();
    const auto applied =
        session.exec("select coalesce(max(number), 0) from postrider.migration")[0][0].as<int>();
    if (applied > newest) {
        throw DatabaseSetupError(fmt::format(
            "this database was migrated by a newer Postrider (step {}; this one knows {}): use that version",
            applied, newest));
    }
    if (applied < newest) {
        throw DatabaseSetupError(fmt::format(
            "this database was migrated by an older Postrider (step {} of {}): run `postrider migrate`",
            applied, newest));
    }
}

/// A schema that may not be used is passed over as if its tables did not exist.
void refuse_closed_site_schema(pqxx::connection& connection, const std::string& schema) {
    pqxx::nontransaction session(connection);
    const pqxx::result closed = session.exec_params(
        "select quote_ident(nspname) from pg_namespace where nspname = $1 and not has_schema_privilege(oid, "
        "'usage')",
        schema);
    if (!closed.empty()) refuse_role(connection, fmt::format("usage on schema {}", closed[0][0].c_str()));
}

struct Need {
    const char* object;
    const char* privileges;
    const char* column = nullptr;  ///< none: on all of it
};

void refuse_missing_privileges(pqxx::connection& connection) {
    constexpr Need needs[] = {{"simple_messaging_outgoingmessage", "select"},
                              {"simple_messaging_outgoingmessage", "update"},
                              {"simple_messaging_outgoingmessagemedia", "select"},
                              {"postrider.installation", "select"},
                              {"postrider.daemon", "select"},
                              {"postrider.daemon", "insert"},
                              {"postrider.daemon", "update"},
                              {"postrider.heartbeat", "select"},
                              {"postrider.heartbeat", "insert"},
                              {"postrider.heartbeat", "update"},
                              {"postrider.shard", "select"},
                              {"postrider.shard", "update"},
                              {"postrider.attempt", "select"},
                              {"postrider.attempt", "insert"},
                              {"postrider.attempt", "update"},
                              {"postrider.attempt", "delete"},
                              {"postrider.attempt_history", "select"},
                              {"postrider.attempt_history", "insert"},
                              {"postrider.attempt_history", "update"},
                              {"postrider.retry", "select"},
                              {"postrider.retry", "insert"},
                              {"postrider.retry", "update"},
                              {"postrider.retry", "delete"},
                              {"postrider.ready_message", "select"},
                              {"postrider.ready_message", "delete"},
                              {"postrider.suspension", "select"},
                              {"postrider.suspension", "insert"},
                              {"postrider.suspension", "update"},
                              {"postrider.suspension", "delete"},
                              {"postrider.message_hold", "select"},
                              {"postrider.message_hold", "insert"},
                              {"postrider.message_hold", "update"},
                              {"postrider.message_hold", "delete"},
                              {"simple_messaging_incomingmessage", "select"},
                              {"simple_messaging_incomingmessage", "insert"},
                              {"simple_messaging_incomingmessage", "update", "transmission_metadata"},
                              {"simple_messaging_incomingmessagemedia", "select"},
                              {"simple_messaging_incomingmessagemedia", "insert"},
                              {"simple_messaging_incomingmessagemedia", "update", "content_file"},
                              {"simple_messaging_incomingmessagemedia", "update", "content_type"},
                              {"postrider.media_fetch", "select"},
                              {"postrider.media_fetch", "insert"},
                              {"postrider.media_fetch", "update"},
                              {"postrider.media_fetch", "delete"},
                              {"simple_messaging_blockedsender", "select"},
                              {"postrider.inbound", "select"},
                              {"postrider.inbound", "insert"},
                              {"postrider.delivery_report", "select"},
                              {"postrider.delivery_report", "insert"},
                              {"postrider.delivery_report", "update"},
                              {"postrider.suppression", "select"},
                              {"postrider.suppression", "insert"},
                              {"postrider.suppression", "update"},
                              {"postrider.suppression", "delete"},
                              {"postrider.suppression_version", "select"}};
    pqxx::nontransaction session(connection);
    std::string missing;
    for (const Need& need : needs) {
        const pqxx::result held =
            need.column == nullptr
                ? session.exec_params("select has_table_privilege($1, $2)", need.object, need.privileges)
                : session.exec_params("select has_column_privilege($1, $2, $3)", need.object, need.column,
                                      need.privileges);
        if (held[0][0].as<bool>()) continue;
        missing += fmt::format("{}{} on {}", missing.empty() ? "" : ", ", need.privileges, need.object);
    }
    if (!missing.empty()) refuse_role(connection, missing);
}

DatabaseIdentity read_identity(pqxx::work& transaction) {
    DatabaseIdentity identity;
    identity.database_id =
        transaction.exec("select oid::bigint from pg_database where datname = current_database()")[0][0]
            .as<long long>();
    // Everybody may call it, unless an administrator took that away.
    if (transaction.exec("select has_function_privilege('pg_control_system()', 'execute')")[0][0]
            .as<bool>()) {
        identity.system_identifier =
            transaction.exec("select system_identifier::text from pg_control_system()")[0][0].c_str();
    }
    return identity;
}

}  // namespace

Installation inspect_installation(pqxx::connection& connection) {
    refuse_pooler(connection);
    refuse_other_schema_version(connection);
    Installation installation;
    {
        pqxx::work transaction(connection);
        const auto allowed =
            transaction.exec("select has_table_privilege('postrider.installation', 'select')");
        installation.database = read_identity(transaction);
        if (allowed[0][0].as<bool>()) {
            const pqxx::row row = transaction.exec1(
                "select site_schema, hash_salt, last_message_id, coalesce(system_identifier, ''), " +
                sql_time("installed") + ", " + sql_time("clock_timestamp()") +
                " from postrider.installation");
            installation.site_schema = row[0].c_str();
            installation.hash_salt = Secret(pqxx::binarystring(row[1]).str());
            installation.last_message_id = row[2].as<MessageId>();
            installation.migrated_on = row[3].c_str();
            installation.installed = from_sql_time(row[4].c_str());
            installation.now = from_sql_time(row[5].c_str());
            installation.read_at = std::chrono::steady_clock::now();
            transaction.exec("set search_path = " + transaction.quote_name(installation.site_schema));
        }
        transaction.commit();
    }
    refuse_closed_site_schema(connection, installation.site_schema);
    if (const auto problems = find_site_problems(connection); !problems.empty()) {
        throw DatabaseSetupError("the message tables are not as the Django package makes them: " +
                                 fmt::format("{}", fmt::join(problems, "; ")));
    }
    if (schema_of(connection, "simple_messaging_outgoingmessage").empty()) {
        throw DatabaseSetupError(
            "there is no table simple_messaging_outgoingmessage: run `postrider migrate`");
    }
    refuse_missing_privileges(connection);
    pqxx::nontransaction session(connection);
    installation.has_lookup_keys = has_column(session, "simple_messaging_outgoingmessage", "lookup_key");
    installation.incoming_has_lookup_keys =
        has_column(session, "simple_messaging_incomingmessage", "lookup_key");
    return installation;
}

}  // namespace postrider
