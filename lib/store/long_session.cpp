#include "lib/store/long_session.h"

namespace postrider {

std::unique_ptr<pqxx::connection> open_long_session(const DatabaseSettings& settings) {
    auto connection = open_connection(settings);
    pqxx::nontransaction session(*connection);
    session.exec(
        "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; "
        // Whole tables are read: the planner shall weigh as usual, and for all rows of a cursor.
        "reset enable_seqscan; reset enable_bitmapscan; reset plan_cache_mode; set cursor_tuple_fraction = "
        "1");
    // Asked for before any name in the schema is: without the right to look, names raise errors.
    const pqxx::result usable =
        session.exec("select has_schema_privilege(to_regnamespace('postrider'), 'usage')");
    if (usable[0][0].is_null() || !usable[0][0].as<bool>()) return connection;
    const pqxx::result readable =
        session.exec("select has_table_privilege(to_regclass('postrider.installation'), 'select')");
    if (readable[0][0].is_null() || !readable[0][0].as<bool>()) return connection;
    const pqxx::result schema = session.exec("select quote_ident(site_schema) from postrider.installation");
    if (!schema.empty()) session.exec(std::string("set search_path = ") + schema[0][0].c_str());
    return connection;
}

}  // namespace postrider
