#include "lib/store/grants.h"

#include "lib/store/database.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace postrider {

namespace {

constexpr std::string_view application_functions =
    "function postrider.enqueue(text, text, timestamp with time zone, text, jsonb, text), "
    "postrider.ready(bigint[])";

}  // namespace

void grant_to_daemon(pqxx::connection& connection, const std::string& site_schema, const std::string& role) {
    pqxx::work transaction(connection);
    if (transaction.exec_params("select from pg_roles where rolname = $1", role).empty()) {
        throw DatabaseSetupError(
            fmt::format("there is no role {}: create it first (create role … login)", role));
    }
    const std::string to = transaction.quote_name(role);
    const std::string site = transaction.quote_name(site_schema);
    transaction.exec(
        fmt::format("grant usage on schema {1}, postrider to {0};"
                    "grant select, update on {1}.simple_messaging_outgoingmessage to {0};"
                    "grant select on {1}.simple_messaging_outgoingmessagemedia to {0};"
                    "grant select on postrider.migration, postrider.installation, postrider.messages, "
                    "postrider.attempt_history to {0};"
                    "grant select, insert, update on postrider.daemon, postrider.heartbeat to {0};"
                    "grant select, update on postrider.shard to {0};"
                    "grant select, insert, update, delete on postrider.attempt, postrider.retry to {0};"
                    "grant insert on postrider.attempt_history to {0};"
                    "grant select, delete on postrider.ready_message to {0};"
                    "grant execute on function postrider.maintain() to {0};"
                    "grant execute on {2} to {0};",
                    to, site, application_functions));
    transaction.commit();
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
