#include "lib/store/pg_suppressions.h"

#include "lib/store/hash_bytes.h"

#include <pqxx/pqxx>

namespace postrider {

namespace {

/// Whether anybody else is changing suppressions: locks of writers last until they have committed.
constexpr const char* changes_under_way = R"(
    select exists (
        select from pg_locks l
        where l.locktype = 'relation' and l.relation = 'postrider.suppression'::regclass
          and l.database = (select oid from pg_database where datname = current_database())
          and l.mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
          and l.granted and l.pid is distinct from pg_backend_pid()))";

class PgSuppressions final : public SuppressionStore {
public:
    explicit PgSuppressions(Database& database) : database_(database) {}

    Task<std::optional<Reading>> read(std::int64_t known) override {
        auto work = [known](pqxx::connection& connection) {
            // The version first: a change that comes between is seen next time. It moves before its change is
            // committed; while one is under way, what is read may be without it, and is read again.
            pqxx::nontransaction session(connection);
            Reading reading;
            reading.version =
                session.exec("select last_value + is_called::int from postrider.suppression_version")[0][0]
                    .as<std::int64_t>();
            if (reading.version == known) return std::optional<Reading>();
            const bool under_way = session.exec(changes_under_way)[0][0].as<bool>();
            if (under_way) reading.version = 0;
            for (const pqxx::row& row :
                 session.exec("select recipient, channel, address from postrider.suppression"))
                reading.rows.push_back({read_hash(row[0]), row[1].c_str(), row[2].c_str()});
            return std::optional<Reading>(std::move(reading));
        };
        co_return co_await database_.run(work);
    }

    Task<> renew(std::vector<std::pair<SuppressionRow, SuppressionRow>> before_and_after) override {
        auto work = [&](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            for (const auto& [before, after] : before_and_after) {
                const pqxx::binarystring old_hash(before.recipient.data(), before.recipient.size());
                const pqxx::binarystring new_hash(after.recipient.data(), after.recipient.size());
                // The same person may have said so again under the new key: one row is enough.
                transaction.exec_params(
                    "delete from postrider.suppression s where s.recipient = $1 and s.channel = $2 "
                    "and $1 <> $3 and exists (select from postrider.suppression n "
                    "where n.recipient = $3 and n.channel = $2)",
                    old_hash, before.channel, new_hash);
                transaction.exec_params(
                    "update postrider.suppression set recipient = $3, address = $4 "
                    "where recipient = $1 and channel = $2",
                    old_hash, before.channel, new_hash, after.address);
            }
            transaction.commit();
            return true;
        };
        co_await database_.run(std::ref(work));
    }

private:
    Database& database_;
};

}  // namespace

std::unique_ptr<SuppressionStore> make_pg_suppressions(Database& database) {
    return std::make_unique<PgSuppressions>(database);
}

}  // namespace postrider
