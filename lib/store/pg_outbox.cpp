#include "lib/store/pg_outbox.h"

#include "lib/store/hash_bytes.h"
#include "lib/store/outbox_statements.h"
#include "lib/store/outgoing_rows.h"
#include "lib/store/refused_content.h"
#include "lib/store/result_writer.h"
#include "lib/store/sql_array.h"
#include "lib/store/sql_time.h"
#include "lib/store/suspension_rows.h"
#include "lib/text/json_object.h"
#include "lib/text/utf8.h"

#include <pqxx/pqxx>

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace postrider {

namespace {

Doubt read_doubt(const pqxx::row& row) {
    Doubt doubt;
    doubt.attempt = {row[0].as<AttemptId>(), row[1].c_str(), from_sql_time(row[2].c_str())};
    doubt.message = {optional_time(row[4]).value_or(TimePoint::min()), row[3].as<MessageId>()};
    doubt.part = row[5].as<int>();
    doubt.parts = row[6].as<int>();
    doubt.channel = row[7].c_str();
    doubt.conversation = read_hash(row[8]);
    doubt.destination = Address(row[9].c_str());
    doubt.content_hash = read_hash(row[10]);
    doubt.reason = row[11].c_str();
    doubt.since = from_sql_time(row[12].c_str());
    doubt.over = from_sql_time(row[13].c_str());
    doubt.failed_attempts = row[14].as<int>();
    return doubt;
}

struct Rows {
    std::vector<OutgoingMessage> messages;
    std::optional<TimePoint> read_at;
};

Rows read_rows(const pqxx::result& result) {
    Rows rows;
    rows.messages.reserve(result.size());
    for (const pqxx::row& row : result) rows.messages.push_back(read_outgoing(row));
    if (!result.empty()) rows.read_at = outgoing_read_at(result.back());
    return rows;
}

class PgOutbox final : public Outbox {
public:
    PgOutbox(Database& database, std::function<void(TimePoint)> clock, std::function<DaemonId()> daemon,
             std::function<HeldRows()> held, bool lookup_keys, EncryptionSettings encryption)
        : database_(database),
          clock_(std::move(clock)),
          daemon_(std::move(daemon)),
          held_(std::move(held)),
          lookup_keys_(lookup_keys),
          encryption_(std::move(encryption)) {}

    Task<std::vector<OutgoingMessage>> read_due(MessageKey after, TimePoint until,
                                                std::size_t limit) override {
        auto work = [&, held = held_()](pqxx::connection& connection) {
            pqxx::nontransaction session(connection);
            return read_rows(
                exec(session,
                     lookup_keys_ ? outbox_statements().read_due : outbox_statements().read_due_without_key,
                     to_sql_time(after.send_date), after.id, to_sql_time(until), limit,
                     to_sql_time(held.before), held.up_to));
        };
        Rows rows = co_await database_.run(std::ref(work));
        if (rows.read_at) clock_(*rows.read_at);
        std::sort(
            rows.messages.begin(), rows.messages.end(),
            [](const OutgoingMessage& one, const OutgoingMessage& other) { return one.key < other.key; });
        co_return std::move(rows.messages);
    }

    Task<std::vector<OutgoingMessage>> read(std::vector<MessageId> ids) override {
        SqlArray wanted;
        for (MessageId id : ids) wanted.add(static_cast<long long>(id));
        auto work = [&, held = held_()](pqxx::connection& connection) {
            pqxx::nontransaction session(connection);
            return read_rows(exec(
                session,
                lookup_keys_ ? outbox_statements().read_by_id : outbox_statements().read_by_id_without_key,
                wanted.text(), to_sql_time(held.before), held.up_to));
        };
        Rows rows = co_await database_.run(std::ref(work));
        co_return std::move(rows.messages);
    }

    Task<std::map<MessageId, std::vector<Media>>> read_media(std::vector<MessageId> ids) override {
        SqlArray wanted;
        for (MessageId id : ids) wanted.add(static_cast<long long>(id));
        auto work = [&](pqxx::connection& connection) {
            pqxx::nontransaction session(connection);
            std::map<MessageId, std::vector<Media>> media;
            for (const pqxx::row& row : exec(session, outbox_statements().read_media, wanted.text())) {
                media[row[0].as<MessageId>()].push_back(
                    {row[1].is_null() ? "" : row[1].c_str(), row[2].c_str()});
            }
            return media;
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<std::vector<Claim>> claim(std::vector<ClaimRequest> requests, ClaimTimes times) override {
        SqlArray ids, versions, shards, conversations, contents, destinations, keys, recipients;
        // Of nearly all messages these are the same.
        const std::string usual_channel = requests.empty() ? "" : requests.front().channel;
        SqlArray channels('"' + usual_channel + '"');
        SqlArray media("0"), part("1"), parts("1"), first_sent("NULL"), known_ends("0"), last_attempts("0");
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
            if (request.recipient) {
                recipients.add_bytes(bytes(*request.recipient));
            } else {
                recipients.add_null();
            }
            part.add(request.part);
            parts.add(request.parts);
            if (request.first_sent) {
                first_sent.add(to_sql_time(*request.first_sent));
            } else {
                first_sent.add_null();
            }
            known_ends.add(static_cast<long long>(request.known_end));
            last_attempts.add(static_cast<long long>(request.last_attempt));
        }
        const DaemonId daemon = daemon_();
        auto work = [&](pqxx::connection& connection) {
            // One statement is a transaction by itself, and one round trip.
            pqxx::nontransaction session(connection);
            const auto ask = [&](const Statement& statement) {
                return exec(session, statement, daemon, ids.text(), versions.text(), media.text(),
                            channels.text(), shards.text(), conversations.text(), contents.text(),
                            destinations.text(), keys.text(), part.text(), parts.text(), first_sent.text(),
                            known_ends.text(), to_sql_time(times.now), to_sql_time(times.doubts_hold_from),
                            last_attempts.text(), usual_channel, to_sql_time(times.due_by),
                            recipients.text());
            };
            pqxx::result result;
            try {
                result = ask(outbox_statements().claim);
            } catch (const pqxx::unique_violation&) {
                result = ask(outbox_statements().claim_again);
            }
            std::unordered_map<MessageId, const ClaimRequest*> asked;
            for (const ClaimRequest& request : requests) asked.emplace(request.message_id, &request);
            std::vector<Claim> claims;
            claims.reserve(result.size());
            for (const pqxx::row& row : result) {
                Claim claim;
                claim.message_id = row[0].as<MessageId>();
                const ClaimRequest& request = *asked.at(claim.message_id);
                claim.attempt = {row[1].as<AttemptId>(), request.idempotency_key,
                                 request.first_sent.value_or(times.now)};
                if (row.size() > 2) {  // of an earlier claim whose answer was lost
                    claim.attempt.idempotency_key = row[2].c_str();
                    claim.attempt.first_sent = from_sql_time(row[3].c_str());
                }
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
            exec(transaction, outbox_statements().withdraw, daemon, keys.text());
            transaction.commit();
            return true;
        };
        co_await database_.run(std::ref(work));
    }

    Task<> record(std::vector<AttemptResult> results) override {
        auto work = [&](pqxx::connection& connection) {
            try {
                pqxx::work transaction(connection);
                write_results(transaction, results, {encryption_, lookup_keys_});
                transaction.commit();
            } catch (const pqxx::sql_error& error) {
                if (blames_content(error.sqlstate())) throw ResultsRefused(error.what());
                throw;
            }
            return true;
        };
        co_await database_.run(std::ref(work));
    }

    Task<std::vector<Doubt>> read_doubts(std::vector<MessageId> in_hand) override {
        SqlArray not_these;
        for (MessageId id : in_hand) not_these.add(static_cast<long long>(id));
        const DaemonId daemon = daemon_();
        auto work = [&](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            exec(transaction, outbox_statements().take_over_doubts, daemon, not_these.text());
            const pqxx::result result =
                exec(transaction, outbox_statements().read_doubts, daemon, not_these.text());
            transaction.commit();
            std::vector<Doubt> doubts;
            for (const pqxx::row& row : result) doubts.push_back(read_doubt(row));
            return doubts;
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<Evidence> read_evidence(std::vector<std::string> provider_ids, TimePoint since) override {
        SqlArray asked;
        for (const std::string& id : provider_ids) asked.add(std::string_view(storable(id)));
        auto work = [&](pqxx::connection& connection) {
            pqxx::nontransaction session(connection);
            Evidence evidence;
            for (const pqxx::row& row :
                 exec(session, outbox_statements().find_recorded_ids, asked.text(), to_sql_time(since))) {
                evidence.recorded_ids.insert(row[0].c_str());
            }
            for (const pqxx::row& row : exec(session, outbox_statements().contents_in_flight)) {
                evidence.contents_in_flight.insert(read_hash(row[0]));
            }
            return evidence;
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<std::map<AttemptId, Outcome>> read_reported(std::vector<AttemptId> attempts) override {
        SqlArray asked;
        for (const AttemptId id : attempts) asked.add(static_cast<long long>(id));
        auto work = [&](pqxx::connection& connection) {
            pqxx::nontransaction session(connection);
            std::map<AttemptId, Outcome> accepted;
            for (const pqxx::row& row : exec(session, outbox_statements().reported, asked.text())) {
                accepted.emplace(row[0].as<AttemptId>(),
                                 Outcome::sent(row[1].c_str(), parse_json_object(row[2].c_str())));
            }
            return accepted;
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<std::vector<Suspension>> read_suspensions() override {
        auto work = [](pqxx::connection& connection) {
            pqxx::nontransaction session(connection);
            return postrider::read_suspensions(session);
        };
        co_return co_await database_.run(std::ref(work));
    }

private:
    Database& database_;
    std::function<void(TimePoint)> clock_;
    std::function<DaemonId()> daemon_;
    std::function<HeldRows()> held_;
    bool lookup_keys_;
    EncryptionSettings encryption_;
};

}  // namespace

std::unique_ptr<Outbox> make_pg_outbox(Database& database, std::function<void(TimePoint reading)> clock,
                                       std::function<DaemonId()> daemon, std::function<HeldRows()> held,
                                       bool lookup_keys, EncryptionSettings encryption) {
    return std::make_unique<PgOutbox>(database, std::move(clock), std::move(daemon), std::move(held),
                                      lookup_keys, std::move(encryption));
}

}  // namespace postrider
