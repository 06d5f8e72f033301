#include "lib/store/switchboard.h"

#include "lib/store/site_tables.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace postrider {

namespace {

pqxx::result read_rows(pqxx::transaction_base& session, const std::string& query) {
    try {
        return session.exec(query);
    } catch (const pqxx::syntax_error& error) {  // of class 42: a table or column that is not as we know it
        throw DatabaseSetupError(
            std::string("the switchboard's tables are not as the Django package makes them: ") +
            error.what() + "; or set switchboard: false");
    }
}

}  // namespace

std::vector<SiteChannel> read_site_channels(pqxx::connection& connection, const std::string& site_schema) {
    pqxx::nontransaction session(connection);
    const std::string schema = session.quote_name(site_schema);
    for (const std::string& table : switchboard_tables()) {
        const std::string name = schema + "." + table;
        if (session.exec_params("select to_regclass($1)", name)[0][0].is_null()) return {};
        if (session.exec_params("select has_table_privilege($1, 'select')", name)[0][0].as<bool>()) continue;
        throw DatabaseSetupError(
            fmt::format("role {0} lacks select on {1}: run `postrider migrate --grant {0}` as the database's "
                        "owner, or set switchboard: false",
                        connection.username(), name));
    }
    std::vector<SiteChannel> channels;
    for (const pqxx::row& row : read_rows(
             session,
             fmt::format("select c.identifier, t.package_name, coalesce(c.is_enabled, false), "
                         "coalesce(c.is_default, false), c.configuration "
                         "from {0}.simple_messaging_switchboard_channel c "
                         "join {0}.simple_messaging_switchboard_channeltype t on t.id = c.channel_type_id "
                         "order by c.id",
                         schema))) {
        channels.push_back({row[0].c_str(), row[1].c_str(), row[2].as<bool>(), row[3].as<bool>(),
                            Secret(row[4].is_null() ? "" : row[4].c_str())});
    }
    return channels;
}

std::vector<SiteChannel> read_site_channels(const DatabaseSettings& settings) {
    const auto connection = open_connection(settings);
    const std::string schema = schema_of(*connection, switchboard_tables().front());
    if (schema.empty()) return {};
    return read_site_channels(*connection, schema);
}

}  // namespace postrider
