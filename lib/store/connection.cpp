#include "lib/store/database.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <pqxx/pqxx>

#include <cstdlib>
#include <map>

namespace postrider {

namespace {

/// libpq's way of writing `keyword='value'`.
std::string quoted(std::string_view value) {
    std::string out = "'";
    for (char c : value) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

/// The operator's settings, and ours where there are none.
Secret complete(const Secret& url) {
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
        PQconninfoParse(url.reveal().c_str(), &message), PQconninfoFree);
    if (!options) {
        // libpq's message may repeat the URL, password and all.
        PQfreemem(message);
        throw DatabaseSetupError("database.url is neither a PostgreSQL URI nor a conninfo string");
    }
    std::map<std::string, std::string> wanted{
        {"connect_timeout", "5"},   {"keepalives_idle", "10"},     {"keepalives_interval", "5"},
        {"keepalives_count", "3"},  {"tcp_user_timeout", "15000"}, {"application_name", "postrider"},
        {"client_encoding", "UTF8"}};
    std::string conninfo;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr) continue;
        // 0 or less would be no limit, and a daemon that connects could not be stopped.
        if (option->keyword == std::string_view("connect_timeout") && std::atoi(option->val) <= 0) continue;
        wanted.erase(option->keyword);
        conninfo += fmt::format("{}={} ", option->keyword, quoted(option->val));
    }
    for (const auto& [keyword, value] : wanted) conninfo += fmt::format("{}={} ", keyword, quoted(value));
    return Secret(std::move(conninfo));
}

}  // namespace

std::unique_ptr<pqxx::connection> open_connection(const DatabaseSettings& settings,
                                                  const std::function<void(int socket)>& on_connected) {
    auto connection = std::make_unique<pqxx::connection>(complete(settings.url).reveal());
    if (on_connected) on_connected(connection->sock());
    // Errors then carry no DETAIL, which would repeat values of rows.
    connection->set_verbosity(pqxx::connection_base::terse);
    pqxx::nontransaction session(*connection);
    std::string commands = fmt::format(
        "set statement_timeout = {0}; set idle_in_transaction_session_timeout = {0}; set jit = off; "
        "set timezone = 'UTC'; "
        // What we write is what the guard holds against others.
        "set postrider.guard = 'off'; "
        // What we run again and again looks rows up by key, whatever a table that was not analysed
        // lately may seem to promise for reading all of it; and is planned once.
        "set enable_seqscan = off; set enable_bitmapscan = off; set random_page_cost = 1.1; "
        "set plan_cache_mode = force_generic_plan; "
        // A claim that a crash of the server takes back would be a message sent twice.
        "select set_config('synchronous_commit', 'on', false) where "
        "current_setting('synchronous_commit') = 'off'; ",
        settings.statement_max.count());
    if (!settings.site_schema.empty()) {
        commands += fmt::format("set search_path = {}; ", session.quote_name(settings.site_schema));
    }
    commands += settings.first_statement;
    session.exec(commands);
    return connection;
}

}  // namespace postrider
