#include "lib/store/site_tables.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <map>

namespace postrider {

namespace {

struct Column {
    std::string table;
    std::string name;
    std::vector<std::string> types;  // as format_type() has them, without modifiers
};

const std::vector<std::string> integers{"integer", "bigint"};
const std::vector<std::string> texts{"text", "character varying"};
const std::vector<std::string> moments{"timestamp with time zone"};

/// What the way out reads and writes; whatever else the site's version has is its own.
const std::vector<Column>& needed_columns() {
    static const std::vector<Column> columns{
        {"simple_messaging_outgoingmessage", "id", integers},
        {"simple_messaging_outgoingmessage", "destination", texts},
        {"simple_messaging_outgoingmessage", "message", texts},
        {"simple_messaging_outgoingmessage", "send_date", moments},
        {"simple_messaging_outgoingmessage", "sent_date", moments},
        {"simple_messaging_outgoingmessage", "errored", {"boolean"}},
        {"simple_messaging_outgoingmessage", "transmission_metadata", texts},
        {"simple_messaging_outgoingmessagemedia", "message_id", integers},
        {"simple_messaging_outgoingmessagemedia", "index", integers},
        {"simple_messaging_outgoingmessagemedia", "content_file", texts},
        {"simple_messaging_outgoingmessagemedia", "content_type", texts},
    };
    return columns;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " or ") + word;
    return text;
}

}  // namespace

std::string schema_of(pqxx::connection& connection, const std::string& table) {
    pqxx::nontransaction session(connection);
    const pqxx::result found = session.exec_params(
        "select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = "
        "to_regclass($1)",
        table);
    return found.empty() ? "" : found[0][0].c_str();
}

bool has_column(pqxx::transaction_base& transaction, const std::string& table, const std::string& column) {
    return !transaction
                .exec_params(
                    "select from pg_attribute where attrelid = to_regclass($1) and attname = $2 "
                    "and not attisdropped",
                    table, column)
                .empty();
}

std::vector<std::string> find_site_problems(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    std::map<std::string, std::map<std::string, std::string>> tables;
    for (const std::string& table : site_tables()) {
        const pqxx::result columns = session.exec_params(
            "select a.attname, format_type(a.atttypid, null) from pg_attribute a "
            "where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped",
            table);
        for (const pqxx::row& column : columns) tables[table][column[0].c_str()] = column[1].c_str();
    }
    std::vector<std::string> problems;
    for (const Column& column : needed_columns()) {
        const auto table = tables.find(column.table);
        if (table == tables.end()) continue;
        const auto found = table->second.find(column.name);
        if (found == table->second.end()) {
            problems.push_back(fmt::format("table {} has no column {}", column.table, column.name));
        } else if (std::find(column.types.begin(), column.types.end(), found->second) == column.types.end()) {
            problems.push_back(fmt::format("column {}.{} is {}, not {}", column.table, column.name,
                                           found->second, joined(column.types)));
        }
    }
    return problems;
}

const std::vector<std::string>& switchboard_tables() {
    static const std::vector<std::string> tables{"simple_messaging_switchboard_channel",
                                                 "simple_messaging_switchboard_channeltype"};
    return tables;
}

const std::vector<std::string>& site_tables() {
    static const std::vector<std::string> tables{
        "simple_messaging_outgoingmessage", "simple_messaging_outgoingmessagemedia",
        "simple_messaging_incomingmessage", "simple_messaging_incomingmessagemedia",
        "simple_messaging_blockedsender",   "simple_messaging_precomposedmessage"};
    return tables;
}

}  // namespace postrider
