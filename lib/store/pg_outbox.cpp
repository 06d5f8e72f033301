#include "lib/store/pg_outbox.h"

#include "lib/store/outbox_statements.h"
#include "lib/store/result_writer.h"
#include "lib/store/sql_array.h"
#include "lib/store/sql_time.h"

#include <pqxx/pqxx>

#include <algorithm>

namespace postrider {

namespace {

OutgoingMessage read_row(const pqxx::row& row) {
    OutgoingMessage message;
    message.key = {from_sql_time(row[3].as<long long>()), row[0].as<MessageId>()};
    message.destination = Address(row[1].c_str());
    message.text_too_large = row[2].is_null();
    message.text = Text(row[2].c_str());
    if (!row[4].is_null()) message.transmission_metadata = row[4].c_str();
    message.row_version = row[5].c_str();
    message.media_count = row[6].as<int>();
    message.ready = row[7].as<bool>();
    message.attempt_open = row[8].as<bool>();
    message.failed_attempts = row[9].as<int>();
    if (!row[10].is_null()) message.retry_at = from_sql_time(row[10].as<long long>());
    return message;
}

std::string_view bytes(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

Hash read_hash(const pqxx::field& field) {
    const pqxx::binarystring raw(field);
    Hash hash{};
    std::copy_n(raw.begin(), std::min(raw.size(), hash.size()), hash.begin());
    return hash;
}

struct Rows {
    std::vector<OutgoingMessage> messages;
    std::optional<TimePoint> read_at;
};

Rows read_rows(const pqxx::result& result) {
    Rows rows;
    rows.messages.reserve(result.size());
    for (const pqxx::row& row : result) rows.messages.push_back(read_row(row));
    if (!result.empty()) rows.read_at = from_sql_time(result.back()[11].as<long long>());
    return rows;
}

class PgOutbox final : public Outbox {
public:
    PgOutbox(Database& database, std::function<void(TimePoint)> clock, std::function<DaemonId()> daemon,
             std::function<HeldRows()> held)
        : database_(database), clock_(std::move(clock)), daemon_(std::move(daemon)), held_(std::move(held)) {}

    Task<std::vector<OutgoingMessage>> read_due(MessageKey after, TimePoint until,
                                                std::size_t limit) override {
        auto work = [&, held = held_()](pqxx::connection& connection) {
            pqxx::nontransaction session(connection);
            return read_rows(session.exec_params(outbox_statements().read_due, to_sql_time(after.send_date),
                                                 after.id, to_sql_time(until), limit,
                                                 to_sql_time(held.before), held.up_to));
        };
        Rows rows = co_await database_.run(std::ref(work));
        if (rows.read_at) clock_(*rows.read_at);
        co_return std::move(rows.messages);
    }

    Task<std::vector<OutgoingMessage>> read(std::vector<MessageId> ids) override {
        SqlArray wanted;
        for (MessageId id : ids) wanted.add(static_cast<long long>(id));
        auto work = [&, held = held_()](pqxx::connection& connection) {
            pqxx::nontransaction session(connection);
            return read_rows(session.exec_params(outbox_statements().read_by_id, wanted.text(),
                                                 to_sql_time(held.before), held.up_to));
        };
        Rows rows = co_await database_.run(std::ref(work));
        co_return std::move(rows.messages);
    }

    Task<std::vector<Claim>> claim(std::vector<ClaimRequest> requests, TimePoint now) override {
        SqlArray ids, versions, media, channels, shards, conversations, contents, destinations, keys;
        for (const ClaimRequest& request : requests) {
            ids.add(static_cast<long long>(request.message_id));
            versions.add(std::string_view(request.row_version));
            media.add(request.media_count);
            channels.add(std::string_view(request.channel));
            shards.add(request.shard);
            conversations.add_bytes(bytes(request.conversation));
            contents.add_bytes(bytes(request.content_hash));
            destinations.add(std::string_view(request.destination));
            keys.add(std::string_view(request.idempotency_key));
        }
        const DaemonId daemon = daemon_();
        auto work = [&](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            const pqxx::result result =
                transaction.exec_params(outbox_statements().claim, daemon, ids.text(), versions.text(),
                                        media.text(), channels.text(), shards.text(), conversations.text(),
                                        contents.text(), destinations.text(), keys.text(), to_sql_time(now));
            transaction.commit();
            std::vector<Claim> claims;
            claims.reserve(result.size());
            for (const pqxx::row& row : result) {
                Claim claim;
                claim.message_id = row[0].as<MessageId>();
                claim.attempt = {row[1].as<AttemptId>(), row[2].c_str(),
                                 from_sql_time(row[3].as<long long>())};
                claims.push_back(std::move(claim));
            }
            return claims;
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<> withdraw(std::vector<std::string> idempotency_keys) override {
        SqlArray keys;
        for (const std::string& key : idempotency_keys) keys.add(std::string_view(key));
        const DaemonId daemon = daemon_();
        auto work = [&](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            transaction.exec_params(outbox_statements().withdraw, daemon, keys.text());
            transaction.commit();
            return true;
        };
        co_await database_.run(std::ref(work));
    }

    Task<> record(std::vector<AttemptResult> results) override {
        const DaemonId daemon = daemon_();
        auto work = [&](pqxx::connection& connection) { return write_results(connection, daemon, results); };
        co_await database_.run(std::ref(work));
    }

    Task<std::vector<OpenAttempt>> adopt_open_attempts() override {
        const DaemonId daemon = daemon_();
        auto work = [&](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            const pqxx::result result = transaction.exec_params(outbox_statements().adopt, daemon);
            transaction.commit();
            std::vector<OpenAttempt> attempts;
            for (const pqxx::row& row : result) {
                OpenAttempt attempt;
                attempt.attempt = {row[0].as<AttemptId>(), row[5].c_str(),
                                   from_sql_time(row[6].as<long long>())};
                attempt.message_id = row[1].as<MessageId>();
                attempt.channel = row[2].c_str();
                attempt.destination = Address(row[3].c_str());
                attempt.content_hash = read_hash(row[4]);
                attempts.push_back(std::move(attempt));
            }
            return attempts;
        };
        co_return co_await database_.run(std::ref(work));
    }

private:
    Database& database_;
    std::function<void(TimePoint)> clock_;
    std::function<DaemonId()> daemon_;
    std::function<HeldRows()> held_;
};

}  // namespace

std::unique_ptr<Outbox> make_pg_outbox(Database& database, std::function<void(TimePoint reading)> clock,
                                       std::function<DaemonId()> daemon, std::function<HeldRows()> held) {
    return std::make_unique<PgOutbox>(database, std::move(clock), std::move(daemon), std::move(held));
}

}  // namespace postrider
