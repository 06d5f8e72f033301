#include "lib/store/grants.h"

#include "lib/store/database.h"
#include "lib/store/site_monitoring.h"
#include "lib/store/site_tables.h"
#include "lib/store/site_task_rows.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <vector>

namespace postrider {

namespace {

constexpr std::string_view application_functions =
    "function postrider.enqueue(text, text, timestamp with time zone, text, jsonb, text), "
    "postrider.ready(bigint[]), postrider.receive(), postrider.received(bigint), "
    "postrider.stop_receiving(), postrider.daemon_lives(), postrider.awaits_media(bigint)";

/// A right on something that is the site's. `object` as GRANT writes it.
struct SiteRight {
    std::string privilege;
    std::string object;
    std::string held;  ///< a query for the entries of the object's access list
};

std::vector<SiteRight> site_rights(pqxx::transaction_base& transaction, const std::string& site_schema) {
    const std::string site = transaction.quote_name(site_schema);
    const auto on_table = [&](const char* privilege, const std::string& table) {
        return SiteRight{privilege, "table " + site + "." + table,
                         "select g.* from pg_class c, "
                         "aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) g where c.oid = " +
                             transaction.quote(site + "." + table) + "::regclass"};
    };
    const auto on_column = [&](const std::string& privilege, const std::string& table,
                               const std::string& column) {
        const std::string right = privilege + " (" + column + ")";
        const std::string of_table = transaction.quote(site + "." + table) + "::regclass";
        const auto holders = [&](const std::string& list, const std::string& from) {
            return "select g.grantee, " + transaction.quote(right) + " as privilege_type from " + from +
                   ", aclexplode(" + list + ") g where g.privilege_type = " + transaction.quote(privilege);
        };
        return SiteRight{right, "table " + site + "." + table,
                         holders("coalesce(c.relacl, acldefault('r', c.relowner))", "pg_class c") +
                             " and c.oid = " + of_table + " union all " +
                             holders("a.attacl", "pg_attribute a") + " and a.attrelid = " + of_table +
                             " and a.attname = " + transaction.quote(column)};
    };
    std::vector<SiteRight> rights{
        {"USAGE", "schema " + site,
         "select g.* from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) g "
         "where n.nspname = " +
             transaction.quote(site_schema)},
        on_table("SELECT", "simple_messaging_outgoingmessage"),
        on_table("UPDATE", "simple_messaging_outgoingmessage"),
        on_table("SELECT", "simple_messaging_outgoingmessagemedia")};
    const auto add_sequence = [&](const std::string& table) {
        const pqxx::row row =
            transaction.exec_params1("select pg_get_serial_sequence($1, 'id')", site + "." + table);
        if (row[0].is_null()) return;
        const std::string sequence = row[0].c_str();
        rights.push_back({"USAGE", "sequence " + sequence,
                          "select g.* from pg_class c, "
                          "aclexplode(coalesce(c.relacl, acldefault('s', c.relowner))) g where c.oid = " +
                              transaction.quote(sequence) + "::regclass"});
    };
    // RETURNING reads what it has written.
    for (const char* table : {"simple_messaging_incomingmessage", "simple_messaging_incomingmessagemedia"}) {
        for (const char* privilege : {"SELECT", "INSERT"}) rights.push_back(on_table(privilege, table));
        add_sequence(table);
    }
    // What became of files; no more of these rows is ours to change.
    rights.push_back(on_column("UPDATE", "simple_messaging_incomingmessage", "transmission_metadata"));
    for (const char* column : {"content_file", "content_type"})
        rights.push_back(on_column("UPDATE", "simple_messaging_incomingmessagemedia", column));
    for (const char* privilege : {"SELECT", "INSERT", "DELETE"})
        rights.push_back(on_table(privilege, "simple_messaging_blockedsender"));
    add_sequence("simple_messaging_blockedsender");
    rights.push_back(on_table("SELECT", "simple_messaging_precomposedmessage"));  // for backups
    std::vector<std::string> optional = switchboard_tables();
    optional.insert(optional.end(), {monitoring_table, site_task_table, site_execution_table});
    for (const std::string& table : optional) {
        if (transaction.exec_params("select to_regclass($1)", site + "." + table)[0][0].is_null()) continue;
        rights.push_back(on_table("SELECT", table));
        if (table == site_task_table) rights.push_back(on_column("UPDATE", table, "next_run"));
        if (table == monitoring_table) rights.push_back(on_column("UPDATE", table, "last_seen"));
        if (table == site_execution_table) rights.push_back(on_table("UPDATE", table));
        if (table != monitoring_table && table != site_execution_table) continue;
        rights.push_back(on_table("INSERT", table));
        add_sequence(table);
    }
    return rights;
}

/// Gives what the role has not yet, and keeps in mind what was given.
void grant_site_right(pqxx::transaction_base& transaction, const SiteRight& right, const std::string& role) {
    const pqxx::result held = transaction.exec_params("select from (" + right.held +
                                                          ") g join pg_roles r on r.oid = g.grantee "
                                                          "where r.rolname = $1 and g.privilege_type = $2",
                                                      role, right.privilege);
    if (!held.empty()) return;
    transaction.exec(
        fmt::format("grant {} on {} to {}", right.privilege, right.object, transaction.quote_name(role)));
    transaction.exec_params("insert into postrider.granted values ($1, $2, $3) on conflict do nothing", role,
                            right.privilege, right.object);
}

}  // namespace

void take_back_grants(pqxx::transaction_base& transaction) {
    if (transaction.exec("select to_regclass('postrider.granted')")[0][0].is_null()) return;
    const pqxx::result given = transaction.exec(
        "select privilege, object, quote_ident(role_name) from postrider.granted "
        "join pg_roles on rolname = role_name");
    for (const pqxx::row& row : given) {
        transaction.exec(
            fmt::format("revoke {} on {} from {}", row[0].c_str(), row[1].c_str(), row[2].c_str()));
    }
}

void grant_to_daemon(pqxx::connection& connection, const std::string& site_schema, const std::string& role) {
    pqxx::work transaction(connection);
    if (transaction.exec_params("select from pg_roles where rolname = $1", role).empty()) {
        throw DatabaseSetupError(
            fmt::format("there is no role {}: create it first (create role … login)", role));
    }
    const std::string to = transaction.quote_name(role);
    for (const SiteRight& right : site_rights(transaction, site_schema)) {
        grant_site_right(transaction, right, role);
    }
    transaction.exec(fmt::format(
        "grant usage on schema postrider to {0};"
        "grant select on postrider.migration, postrider.installation, postrider.messages, "
        "postrider.attempt_history to {0};"
        "grant select, insert, update on postrider.daemon, postrider.heartbeat to {0};"
        "grant select, update on postrider.shard to {0};"
        "grant select, insert, update, delete on postrider.attempt, postrider.retry to {0};"
        "grant insert, update on postrider.attempt_history to {0};"
        "grant select, delete on postrider.ready_message to {0};"
        "grant select on postrider.enqueued, postrider.incoming_waiting, postrider.receiver to {0};"
        "grant select, insert, update, delete on postrider.suspension, postrider.message_hold, "
        "postrider.inbound, postrider.delivery_report, postrider.suppression, "
        "postrider.media_fetch, postrider.forward, postrider.job, postrider.job_run, "
        "postrider.site_run, postrider.site_task_pause to {0};"
        "grant select on postrider.suppression_version to {0};"
        "grant execute on function postrider.maintain(), postrider.suspend_if_copy(), "
        "postrider.forget_inbound(), postrider.tend_forwards(), "
        "postrider.expired_media(text, timestamp with time zone, bigint, integer), "
        "postrider.forget_media(text, timestamp with time zone, bigint[]), "
        "postrider.forget_messages(text, timestamp with time zone, bigint, integer, boolean), "
        "postrider.forget_attempts(timestamp with time zone, integer, boolean), "
        "postrider.accept_identity(), "
        "postrider.add_sent(text, text, timestamp with time zone, boolean, text, text) to {0};"
        "grant execute on {1} to {0};",
        to, application_functions));
    transaction.commit();
}

std::vector<std::string> daemon_roles(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    std::vector<std::string> roles;
    for (const pqxx::row& row : session.exec(
             "select distinct r.rolname from pg_class c, aclexplode(c.relacl) g join pg_roles r on r.oid = "
             "g.grantee where c.oid = to_regclass('postrider.attempt') and g.privilege_type = 'INSERT' "
             "and g.grantee <> c.relowner")) {
        roles.emplace_back(row[0].c_str());
    }
    return roles;
}

void grant_to_applications(pqxx::connection& connection, const std::string& site_schema) {
    pqxx::work transaction(connection);
    // Grants to PUBLIC have grantee 0; the owner has all rights without an entry where acl is null.
    const pqxx::result roles = transaction.exec_params(
        "select distinct case g.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) "
        "end "
        "from pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) g "
        "where c.oid = to_regclass($1) and g.privilege_type = 'INSERT'",
        transaction.quote_name(site_schema) + ".simple_messaging_outgoingmessage");
    for (const pqxx::row& row : roles) {
        transaction.exec(
            fmt::format("grant usage on schema postrider to {0}; grant execute on {1} to {0}; "
                        "grant select on postrider.messages to {0};",
                        row[0].c_str(), application_functions));
    }
    transaction.commit();
}

}  // namespace postrider
