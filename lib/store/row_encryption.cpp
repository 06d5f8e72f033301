#include "lib/store/row_encryption.h"

#include "lib/dispatch/row_sealing.h"
#include "lib/store/site_tables.h"
#include "lib/store/sql_array.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <limits>
#include <optional>
#include <set>
#include <string_view>

namespace postrider {

namespace {

constexpr std::size_t batch_max = 500;
constexpr int looks_max = 5;  // at a row that others write each time

/// A table of messages.
struct MessageTable {
    std::string name;  ///< with its schema, quoted
    std::string kind;  ///< as reports have it
    std::string address_column;
    std::string waits;  ///< SQL for whether a row is still to be sent
    bool has_lookup_keys = false;
};

std::optional<MessageTable> find_table(pqxx::connection& connection, const std::string& table,
                                       const std::string& kind, const std::string& address_column,
                                       const std::string& waits) {
    const std::string schema = schema_of(connection, table);
    if (schema.empty()) return std::nullopt;
    pqxx::nontransaction session(connection);
    MessageTable found{session.quote_name(schema) + "." + table, kind, address_column, waits, false};
    found.has_lookup_keys = has_column(session, found.name, "lookup_key");
    if (!session.exec_params("select has_table_privilege($1, 'select, update')", found.name)[0][0]
             .as<bool>() ||
        !session.exec_params("select has_table_privilege($1, 'update')", found.name)[0][0].as<bool>()) {
        throw DatabaseSetupError(fmt::format(
            "role {} may not read and update {}: run `postrider encrypt` as its owner (--database URL)",
            connection.username(), found.name));
    }
    return found;
}

class Run {
public:
    Run(pqxx::connection& connection, Privacy& privacy, MessageTable table, bool dry_run)
        : connection_(connection), privacy_(privacy), table_(std::move(table)), dry_run_(dry_run) {}

    void go(EncryptionReport& report, const std::function<void(const EncryptionProgress&)>& on_progress) {
        EncryptionProgress progress{table_.kind, 0, count()};
        on_progress(progress);
        long long last = std::numeric_limits<long long>::min();
        for (;;) {
            std::vector<long long> ids = next_ids(last);
            if (ids.empty()) break;
            last = ids.back();
            progress.seen += static_cast<long long>(ids.size());
            report.seen += static_cast<long long>(ids.size());
            for (int look = 0; look < looks_max && !ids.empty(); ++look) ids = seal(ids, report, look == 0);
            for (long long id : ids) report.left_for_now.push_back(fmt::format("{} {}", table_.kind, id));
            on_progress(progress);
        }
    }

private:
    long long count() {
        pqxx::nontransaction session(connection_);
        return session.exec("select count(*) from " + table_.name)[0][0].as<long long>();
    }

    std::vector<long long> next_ids(long long after) {
        pqxx::nontransaction session(connection_);
        std::vector<long long> ids;
        for (const pqxx::row& row :
             session.exec_params(fmt::format("select id from {} where id > $1::bigint order by id limit {}",
                                             table_.name, batch_max),
                                 after))
            ids.push_back(row[0].as<long long>());
        return ids;
    }

    /// Returns those that somebody wrote between our reading and our writing.
    std::vector<long long> seal(const std::vector<long long>& ids, EncryptionReport& report, bool counts) {
        try {
            return seal_once(ids, report, counts);
        } catch (const pqxx::transaction_rollback&) {  // a deadlock with somebody who writes the same rows
            return ids;
        }
    }

    std::vector<long long> seal_once(const std::vector<long long>& ids, EncryptionReport& report,
                                     bool counts) {
        SqlArray wanted;
        for (long long id : ids) wanted.add(id);
        pqxx::work transaction(connection_);
        SqlArray to_write, versions, addresses, texts, metadata, lookup_keys;
        std::set<long long> written;
        for (const pqxx::row& row : transaction.exec_params(
                 fmt::format(
                     "select id, xmin, {}, message, transmission_metadata, {}, {} from {} where id = any "
                     "($1::bigint[])",
                     table_.address_column, table_.has_lookup_keys ? "lookup_key" : "''", table_.waits,
                     table_.name),
                 wanted.text())) {
            PersonalValues values{row[2].c_str(), row[3].c_str(), text_of(row[4]), text_of(row[5]),
                                  row[6].as<bool>()};
            const SealedRow sealed = seal_row(privacy_, std::move(values));
            if (counts) {
                report.unreadable += sealed.unreadable ? 1 : 0;
                report.too_long += sealed.too_long ? 1 : 0;
            }
            if (!sealed.changed) continue;
            written.insert(row[0].as<long long>());
            to_write.add(row[0].as<long long>());
            versions.add(std::string_view(row[1].c_str()));
            addresses.add(std::string_view(sealed.values.address));
            texts.add(std::string_view(sealed.values.text));
            metadata.add_optional(sealed.values.metadata);
            lookup_keys.add_optional(sealed.values.lookup_key);
        }
        if (dry_run_) {
            report.written += static_cast<long long>(written.size());
            return {};
        }
        if (written.empty()) return {};
        const pqxx::result done = transaction.exec_params(
            fmt::format(
                "update {} m set {} = r.address, message = r.message, transmission_metadata = r.metadata{} "
                "from unnest($1::bigint[], $2::xid[], $3::text[], $4::text[], $5::text[], $6::text[]) "
                "as r(id, version, address, message, metadata, lookup_key) "
                "where m.id = r.id and m.xmin = r.version returning m.id",
                table_.name, table_.address_column,
                table_.has_lookup_keys ? ", lookup_key = r.lookup_key" : ""),
            to_write.text(), versions.text(), addresses.text(), texts.text(), metadata.text(),
            lookup_keys.text());
        transaction.commit();
        for (const pqxx::row& row : done) written.erase(row[0].as<long long>());
        report.written += static_cast<long long>(done.size());
        return {written.begin(), written.end()};
    }

    static std::optional<std::string> text_of(const pqxx::field& field) {
        if (field.is_null()) return std::nullopt;
        return field.c_str();
    }

    pqxx::connection& connection_;
    Privacy& privacy_;
    MessageTable table_;
    bool dry_run_;
};

}  // namespace

EncryptionReport encrypt_rows(const DatabaseSettings& settings, const EncryptionSettings& encryption,
                              bool dry_run,
                              const std::function<void(const EncryptionProgress&)>& on_progress) {
    if (!encryption.secret_key) throw DatabaseSetupError("there is no encryption.secret_key to encrypt with");
    const auto connection = open_connection(settings);
    { pqxx::nontransaction(*connection).exec("set statement_timeout = 0"); }  // counting may take long
    Privacy privacy(encryption, Secret());
    std::vector<MessageTable> tables;
    for (auto table :
         {find_table(*connection, "simple_messaging_outgoingmessage", "outgoing", "destination",
                     "sent_date is null and not errored"),
          find_table(*connection, "simple_messaging_incomingmessage", "incoming", "sender", "false")}) {
        if (table) tables.push_back(std::move(*table));
    }
    if (tables.empty()) throw DatabaseSetupError("this database has no message tables");
    EncryptionReport report;
    for (MessageTable& table : tables)
        Run(*connection, privacy, std::move(table), dry_run).go(report, on_progress);
    return report;
}

}  // namespace postrider
