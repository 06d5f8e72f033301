#include "lib/store/backup_rows.h"

#include "lib/backup/records.h"
#include "lib/crypto/bytes.h"
#include "lib/store/backup_tables.h"
#include "lib/store/long_session.h"
#include "lib/store/migrations.h"
#include "lib/store/row_cursor.h"
#include "lib/store/sql_time.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>

namespace postrider {

namespace {

using Snapshot = pqxx::transaction<pqxx::repeatable_read>;

const BackupTableRule& rule_of(const std::string& table) {
    const auto& rules = backup_tables();
    return *std::find_if(rules.begin(), rules.end(),
                         [&](const BackupTableRule& each) { return each.name == table; });
}

std::string replaced(std::string text, std::string_view what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

void refuse_unfit(pqxx::transaction_base& transaction) {
    const auto asked = [&](const char* question) { return transaction.exec1(question)[0].as<bool>(); };
    if (!asked("select to_regnamespace('postrider') is not null"))
        throw DatabaseSetupError("this database has no schema postrider yet: run `postrider migrate` once");
    if (!asked("select has_schema_privilege('postrider', 'usage')"))
        throw DatabaseSetupError(
            "this role may not use schema postrider: see `postrider migrate --grant ROLE`");
    const int step =
        transaction.exec1("select coalesce(max(number), 0) from postrider.migration")[0].as<int>();
    if (step != newest_migration())
        throw DatabaseSetupError(fmt::format(
            "this database was migrated by another version of Postrider (step {}; this one knows {}): run "
            "`postrider migrate`",
            step, newest_migration()));
}

/// The highest id that was ever given, as far as the role may know: one that comes back is a new message.
long long sequence_of(pqxx::transaction_base& transaction, const std::string& table) {
    const pqxx::row sequence = transaction.exec_params1("select pg_get_serial_sequence($1, 'id')", table);
    const std::string ids = table == "postrider.attempt"
                                ? "(select id from postrider.attempt union all select max(id) from "
                                  "postrider.attempt_history) a"
                                : table;
    const auto highest = transaction.exec1("select coalesce(max(id), 0) from " + ids)[0].as<long long>();
    if (sequence[0].is_null()) return highest;
    const pqxx::row given = transaction.exec_params1(
        "select case when has_sequence_privilege($1, 'select') then pg_sequence_last_value($1::regclass) end",
        std::string(sequence[0].c_str()));
    return given[0].is_null() ? highest : std::max(highest, given[0].as<long long>());
}

BackupManifest read_facts(pqxx::transaction_base& transaction, const std::string& from,
                          const std::string& to) {
    const auto written = [](const std::string& moment) {
        return "to_char(" + moment + " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
    };
    BackupManifest facts;
    const pqxx::row row = transaction.exec1(fmt::format(
        "select {}, {}, {}, hash_salt, {}, last_message_id from postrider.installation", written("now()"),
        from.empty() ? "''" : written(from), to.empty() ? "''" : written(to), written("installed")));
    facts.taken = row[0].c_str();
    facts.from = row[1].c_str();
    facts.to = row[2].c_str();
    const std::string salt = pqxx::binarystring(row[3]).str();
    facts.hash_salt = hexadecimal(bytes_of(salt), salt.size());
    facts.installed = row[4].c_str();
    facts.last_message_id = row[5].as<long long>();
    facts.step = newest_migration();
    return facts;
}

std::optional<BackedUpTable> find_table(pqxx::transaction_base& transaction, const BackupTableRule& rule) {
    const pqxx::row found = transaction.exec_params1(
        "select to_regclass($1) is not null, coalesce(has_table_privilege(to_regclass($1), 'select'), false)",
        rule.name);
    if (!found[0].as<bool>()) return std::nullopt;
    if (!found[1].as<bool>())
        throw DatabaseSetupError(fmt::format(
            "this role may not read {}: run `postrider migrate` as the database's owner, or this as "
            "that role (--database URL)",
            rule.name));
    BackedUpTable table;
    table.name = rule.name;
    table.model = rule.model;
    for (const pqxx::row& row : transaction.exec_params(
             "select attname from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not "
             "attisdropped and attgenerated = '' and not ($2::boolean and attname = 'id') order by attnum",
             rule.name, rule.has_id))
        table.columns.emplace_back(row[0].c_str());
    if (rule.has_id && rule.name != "postrider.attempt_history")
        table.sequence = sequence_of(transaction, rule.name);
    return table;
}

}  // namespace

std::string backup_query(pqxx::transaction_base& transaction, const BackedUpTable& table,
                         const std::string& condition) {
    std::string fields;
    for (const std::string& column : table.columns)
        fields += fmt::format("{}t.{} as {}", fields.empty() ? "" : ", ", transaction.quote_name(column),
                              transaction.quote_name(field_name(table.name, column)));
    const BackupTableRule& rule = rule_of(table.name);
    std::string where = rule.only.empty() ? "true" : rule.only;
    if (!condition.empty()) where += " and " + condition;
    // Of a site's table the order of its key: pieces are alike from one backup to the next.
    const bool ordered = rule.has_id && rule.key.size() == 1;
    return fmt::format(
        "select {}, row_to_json(f)::text from {} t cross join lateral (select {}) f where {}{}",
        rule.has_id ? "t.id" : "null", table.name, fields, where, ordered ? " order by t.id" : "");
}

BackupRows::BackupRows(const DatabaseSettings& settings)
    : connection_(open_long_session(settings)), transaction_(std::make_unique<Snapshot>(*connection_)) {
    refuse_unfit(*transaction_);
    facts_ = read_facts(*transaction_, from_, to_);
    for (const BackupTableRule& rule : backup_tables()) {
        if (auto table = find_table(*transaction_, rule)) tables_.push_back(std::move(*table));
    }
}

BackupRows::~BackupRows() = default;

void BackupRows::limit_to(const BackupBounds& bounds) {
    const auto moment = [](TimePoint at) {
        return "(" + sql_timestamp(fmt::format("{}::bigint", to_sql_time(at))) + ")::timestamptz";
    };
    from_ = moment(bounds.from);
    to_ = bounds.to ? moment(*bounds.to) : "now()";
    facts_ = read_facts(*transaction_, from_, to_);
}

std::string BackupRows::condition(const std::string& table) const {
    const std::string& part = rule_of(table).part;
    if (from_.empty() || part.empty()) return "";
    return replaced(replaced(part, "{from}", from_), "{to}", to_);
}

long long BackupRows::count(const BackedUpTable& table) {
    return transaction_
        ->exec1("select count(*) from (" + backup_query(*transaction_, table, condition(table.name)) +
                ") r")[0]
        .as<long long>();
}

void BackupRows::read(const BackedUpTable& table, const EachRow& each) {
    RowCursor cursor(*transaction_, backup_query(*transaction_, table, condition(table.name)));
    for (pqxx::result rows = cursor.next(); !rows.empty(); rows = cursor.next()) {
        for (const pqxx::row& row : rows)
            each(row[0].is_null() ? std::nullopt : std::optional<std::string_view>(row[0].c_str()),
                 std::string_view(row[1].c_str(), row[1].size()));
    }
}

std::string BackupRows::files_query() const {
    std::string names;
    for (const BackedUpTable& table : tables_) {
        if (!table.name.ends_with("messagemedia")) continue;
        const std::string part = condition(table.name);
        names += fmt::format("{}select t.content_file from {} t where t.content_file <> ''{}",
                             names.empty() ? "" : " union ", table.name, part.empty() ? "" : " and " + part);
    }
    return names.empty() ? "select '' where false" : names;
}

long long BackupRows::count_files() {
    return transaction_->exec1("select count(*) from (" + files_query() + ") f")[0].as<long long>();
}

void BackupRows::read_files(const std::function<void(const std::string& name)>& each) {
    RowCursor cursor(*transaction_, files_query() + " order by 1");
    for (pqxx::result rows = cursor.next(); !rows.empty(); rows = cursor.next()) {
        for (const pqxx::row& row : rows) each(row[0].c_str());
    }
}

}  // namespace postrider
