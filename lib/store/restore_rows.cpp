#include "lib/store/restore_rows.h"

#include "lib/backup/records.h"
#include "lib/store/advisory_lock.h"
#include "lib/store/backup_rows.h"
#include "lib/store/backup_tables.h"
#include "lib/store/long_session.h"
#include "lib/store/row_cursor.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>

namespace postrider {

namespace {

const BackupTableRule* find_rule(const std::string& table) {
    const auto& rules = backup_tables();
    const auto found = std::find_if(rules.begin(), rules.end(),
                                    [&](const BackupTableRule& each) { return each.name == table; });
    return found == rules.end() ? nullptr : &*found;
}

bool is_there(pqxx::transaction_base& transaction, const std::string& table) {
    return transaction.exec_params1("select to_regclass($1) is not null", table)[0].as<bool>();
}

/// What a daemon leaves in any database, and says nothing of messages.
bool may_hold_rows(const std::string& table) {
    return table == "postrider.daemon" || table == "postrider.job" || table == "postrider.receiver" ||
           table.starts_with("simple_messaging_switchboard_");
}

void refuse_unfit(pqxx::transaction_base& transaction) {
    if (!transaction
             .exec_params("select from pg_locks where locktype = 'advisory' and classid = $1::int::oid and "
                          "database = (select oid from pg_database where datname = current_database())",
                          advisory::daemons)
             .empty())
        throw DatabaseSetupError("a daemon is running on this database: stop it first; nothing was changed");
    for (const BackupTableRule& rule : backup_tables()) {
        if (may_hold_rows(rule.name) || !is_there(transaction, rule.name)) continue;
        if (transaction.exec1("select exists (select from " + rule.name + ")")[0].as<bool>())
            throw DatabaseSetupError(fmt::format(
                "this database is not empty: there are rows in {}; restore into a new one", rule.name));
    }
}

std::string columns_of(pqxx::transaction_base& transaction, const BackedUpTable& table,
                       const std::string& prefix) {
    std::string list;
    const auto add = [&](const std::string& column) {
        list += (list.empty() ? "" : ", ") + prefix + transaction.quote_name(column);
    };
    if (find_rule(table.name)->has_id) add("id");
    for (const std::string& column : table.columns) add(column);
    return list;
}

}  // namespace

RestoreRows::RestoreRows(const DatabaseSettings& settings)
    : connection_(open_long_session(settings)), transaction_(std::make_unique<pqxx::work>(*connection_)) {
    refuse_unfit(*transaction_);
    // Nobody is to be told of what came in long ago (receiver_on.sql).
    transaction_->exec("set local postrider.guard = ''");
    transaction_->exec("update postrider.shard set daemon_id = null");
}

RestoreRows::~RestoreRows() = default;

bool RestoreRows::begin_table(const BackedUpTable& table, bool over) {
    const BackupTableRule* rule = find_rule(table.name);
    if (rule == nullptr)
        throw DatabaseSetupError(
            fmt::format("the backup has a table that this version does not know: {}", table.name));
    if (!is_there(*transaction_, table.name)) return false;
    for (const std::string& column : table.columns) {
        if (transaction_
                ->exec_params(
                    "select from pg_attribute where attrelid = to_regclass($1) and attname = $2 and not "
                    "attisdropped",
                    table.name, column)
                .empty())
            throw DatabaseSetupError(fmt::format(
                "table {} has no column {}, which the backup has; nothing was changed", table.name, column));
    }
    if (!over || rule->key.empty()) transaction_->exec("delete from " + table.name);
    return true;
}

void RestoreRows::write(const BackedUpTable& table, const std::string& rows, bool over) {
    const BackupTableRule& rule = *find_rule(table.name);
    if (over && !rule.key.empty()) {
        std::string same;
        for (const std::string& column : rule.key)
            same += fmt::format("{0}t.{1} = r.{1}", same.empty() ? "" : " and ", column);
        transaction_->exec_params(
            fmt::format("delete from {0} t using json_populate_recordset(null::{0}, $1::json) r where {1}",
                        table.name, same),
            rows);
    }
    transaction_->exec_params(
        fmt::format("insert into {0} ({1}) overriding system value select {2} from "
                    "json_populate_recordset(null::{0}, $1::json) r",
                    table.name, columns_of(*transaction_, table, ""), columns_of(*transaction_, table, "r.")),
        rows);
}

bool RestoreRows::equals(const BackedUpTable& table) {
    RowDigest digest;
    long long count = 0;
    RowCursor cursor(*transaction_, backup_query(*transaction_, table, ""));
    for (pqxx::result rows = cursor.next(); !rows.empty(); rows = cursor.next()) {
        for (const pqxx::row& row : rows) {
            const auto id = row[0].is_null() ? std::nullopt : std::optional<std::string_view>(row[0].c_str());
            digest.add(record_text(table.model, id, {row[1].c_str(), row[1].size()}));
            ++count;
        }
    }
    return count == table.rows && digest.value() == table.digest;
}

void RestoreRows::finish(const BackupManifest& manifest) {
    for (const BackedUpTable& table : manifest.tables) {
        if (table.sequence <= 0 || !is_there(*transaction_, table.name)) continue;
        transaction_->exec_params(
            "select setval(s.name::regclass, greatest($2::bigint, "
            "coalesce(pg_sequence_last_value(s.name::regclass), "
            "1))) from (select pg_get_serial_sequence($1, 'id') as name) s where s.name is not null",
            table.name, table.sequence);
    }
    transaction_->exec("update postrider.daemon set ended = now() where ended is null");
    transaction_->exec_params(
        "update postrider.installation set hash_salt = decode($1, 'hex'), installed = $2::timestamptz, "
        "last_message_id = $3::bigint",
        manifest.hash_salt, manifest.installed, manifest.last_message_id);
    transaction_->exec_params(
        "insert into postrider.suspension (channel, cause, reason) values ('', 'copy', $1) "
        "on conflict (channel, cause) do update set reason = excluded.reason",
        "this database was restored from a backup of " + manifest.taken +
            "; what was sent since then would be sent again");
    static_cast<pqxx::work&>(*transaction_).commit();
}

}  // namespace postrider
