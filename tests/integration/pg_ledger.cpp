#include "tests/integration/pg_ledger.h"

#include "lib/store/pg_membership.h"
#include "lib/store/sql_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postrider::testing {

namespace {

std::optional<TimePoint> read_time(const pqxx::field& field) {
    if (field.is_null()) return std::nullopt;
    return from_sql_time(field.c_str());
}

Hash read_hash(const pqxx::field& field) {
    const pqxx::binarystring raw(field);
    Hash hash{};
    std::copy_n(raw.begin(), std::min(raw.size(), hash.size()), hash.begin());
    return hash;
}

/// Empty without a value: libpqxx 6 has no optional parameters.
std::string parameter(const std::optional<TimePoint>& moment) {
    return moment ? std::to_string(to_sql_time(*moment)) : "";
}

const std::string all_sessions_of_daemon =
    " from pg_locks where locktype = 'advisory' and granted and classid = x'506f7374'::int::oid and objid = "
    "$1::bigint::oid and database = (select oid from pg_database where datname = current_database())";

/// The database of all ledgers; it goes with its server.
TestDatabase* shared_database = nullptr;
bool shared_database_is_spent = false;

/// Without what the tests before have left: to make a copy for each takes several times as long.
TestDatabase& emptied_database() {
    if (std::exchange(shared_database_is_spent, false)) delete std::exchange(shared_database, nullptr);
    if (!shared_database) return *(shared_database = new TestDatabase);
    shared_database->disconnect();  // who knows what the tests between did to an idle session
    // As on a replica no trigger rings, and the order of the tables does not matter.
    shared_database->script(R"(
        set session_replication_role = replica;
        do $$
        declare
            it record;
        begin
            for it in
                select schemaname, tablename from pg_tables
                where (schemaname = 'postrider'
                       and tablename not in ('installation', 'migration', 'granted', 'shard'))
                   or tablename like 'simple\_messaging\_%' loop
                execute format('delete from %I.%I', it.schemaname, it.tablename);
            end loop;
        end $$;
        update postrider.shard set daemon_id = null;
        reset session_replication_role)");
    return *shared_database;
}

/// A session of somebody else, in a transaction that is committed when it goes.
struct Session {
    explicit Session(std::unique_ptr<pqxx::connection> link)
        : connection(std::move(link)), transaction(*connection) {}
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() { transaction.commit(); }
    std::unique_ptr<pqxx::connection> connection;
    pqxx::work transaction;
};

}  // namespace

PgLedger::PgLedger(Executor executor)
    : db(emptied_database()), database(executor, db.settings()), executor_(std::move(executor)) {}

void PgLedger::keep_database_from_others() { shared_database_is_spent = true; }

std::unique_ptr<Outbox> PgLedger::outbox(std::function<DaemonId()> daemon) {
    return make_pg_outbox(
        database, [this](TimePoint reading) { clock_reading = reading; }, std::move(daemon),
        [this] { return held; });
}

std::unique_ptr<MembershipStore> PgLedger::membership() {
    return make_pg_membership(executor_, db.settings());
}

MessageId PgLedger::insert(const StoredRow& row) {
    const auto id = db.number(
        "insert into simple_messaging_outgoingmessage (destination, message) values ('', '') returning id");
    write(id, row);
    return id;
}

void PgLedger::write(MessageId id, const StoredRow& row) {
    db.sql("update simple_messaging_outgoingmessage set destination = $2, message = $3, send_date = " +
               sql_timestamp("$4::bigint") + ", sent_date = " + sql_timestamp("nullif($5, '')::bigint") +
               ", errored = $6, transmission_metadata = $7, lookup_key = $8 where id = $1",
           id, row.destination, row.text, to_sql_time(row.send_date), parameter(row.sent_date), row.errored,
           row.metadata ? row.metadata->c_str() : nullptr,
           row.lookup_key ? row.lookup_key->c_str() : nullptr);
}

void PgLedger::erase(MessageId id) {
    db.sql("delete from simple_messaging_outgoingmessage where id = $1", id);
}

void PgLedger::add_media(MessageId id, const Media& media) {
    db.sql(
        "insert into simple_messaging_outgoingmessagemedia (message_id, \"index\", content_file, "
        "content_type) "
        "select $1::bigint, count(*), nullif($2, ''), $3 from simple_messaging_outgoingmessagemedia "
        "where message_id = $1::bigint",
        id, media.content_file, media.content_type);
}

void PgLedger::declare_complete(MessageId id) { db.sql("select postrider.ready($1)", id); }

void PgLedger::hold(MessageId id) {
    db.sql("insert into postrider.message_hold (message_id, held) values ($1, true)", id);
}

void PgLedger::release(MessageId id) {
    db.sql("update postrider.message_hold set held = false where message_id = $1", id);
}

void PgLedger::ask_for_another_try(MessageId id, TimePoint at) {
    const std::string moment = sql_timestamp("$2::bigint");
    db.sql(
        "insert into postrider.retry (message_id, failed_attempts, not_before, reason, retried) values ($1, "
        "0, " +
            moment + ", '', " + moment +
            ") on conflict (message_id) do update set failed_attempts = 0, not_before = excluded.not_before, "
            "retried = excluded.retried",
        id, to_sql_time(at));
}

void PgLedger::set_suspensions(const std::vector<Suspension>& suspensions) {
    db.script("delete from postrider.suspension");
    for (const Suspension& each : suspensions) {
        db.sql("insert into postrider.suspension values ($1, $2, " + sql_timestamp("$3::bigint") + ", " +
                   sql_timestamp("nullif($4, '')::bigint") + ", $5)",
               each.channel, each.copy_found ? "copy" : "operator", to_sql_time(each.since),
               parameter(each.until), each.reason);
    }
}

Transaction PgLedger::lock(MessageId id) {
    auto session = std::make_shared<Session>(db.connect());
    session->transaction.exec_params("select from simple_messaging_outgoingmessage where id = $1 for update",
                                     id);
    return session;
}

Transaction PgLedger::begin_media(MessageId id) {
    auto session = std::make_shared<Session>(db.connect());
    session->transaction.exec_params(
        "insert into simple_messaging_outgoingmessagemedia (message_id) values ($1)", id);
    session->transaction.exec("set constraints all immediate");
    return session;
}

std::optional<StoredRow> PgLedger::row(MessageId id) {
    const pqxx::result found =
        db.sql("select destination, message, " + sql_time("send_date") + ", " + sql_time("sent_date") +
                   ", errored, transmission_metadata, lookup_key from simple_messaging_outgoingmessage where "
                   "id = $1",
               id);
    if (found.empty()) return std::nullopt;
    const pqxx::row columns = found[0];
    StoredRow row;
    row.destination = columns[0].c_str();
    row.text = columns[1].c_str();
    row.send_date = read_time(columns[2]).value();
    row.sent_date = read_time(columns[3]);
    row.errored = columns[4].as<bool>();
    row.metadata.reset();
    if (!columns[5].is_null()) row.metadata = columns[5].c_str();
    if (!columns[6].is_null()) row.lookup_key = columns[6].c_str();
    return row;
}

std::string PgLedger::row_version(MessageId id) {
    return db.text("select xmin from simple_messaging_outgoingmessage where id = $1", id);
}

DaemonId PgLedger::new_daemon() {
    return db.number(
        "insert into postrider.daemon (host, process, version) values ('here', 1, 'test') returning id");
}

void PgLedger::end(DaemonId id) { db.sql("update postrider.daemon set ended = now() where id = $1", id); }

void PgLedger::cut(DaemonId id) {
    db.sql("select pg_terminate_backend(pid, 30000)" + all_sessions_of_daemon, id);
}

void PgLedger::give_shard(int shard, std::optional<DaemonId> owner) {
    db.sql("update postrider.shard set daemon_id = nullif($2::bigint, 0) where shard = $1", shard,
           owner.value_or(0));
}

void PgLedger::give_all_shards(DaemonId owner) { db.sql("update postrider.shard set daemon_id = $1", owner); }

void PgLedger::age_heartbeat(DaemonId id, std::chrono::seconds by) {
    db.sql("update postrider.heartbeat set at = at - $2 * interval '1 second' where daemon_id = $1", id,
           static_cast<long long>(by.count()));
}

bool PgLedger::is_alive(DaemonId id) {
    return db.text("select ended is null from postrider.daemon where id = $1", id) == "t";
}

bool PgLedger::has_session(DaemonId id) {
    return db.number("select count(*)" + all_sessions_of_daemon, id) > 0;
}

TimePoint PgLedger::heartbeat(DaemonId id) {
    return from_sql_time(
        db.text("select " + sql_time("at") + " from postrider.heartbeat where daemon_id = $1", id));
}

std::map<int, DaemonId> PgLedger::shards() {
    std::map<int, DaemonId> owners;
    for (const pqxx::row& row :
         db.sql("select shard, daemon_id from postrider.shard where daemon_id is not null")) {
        owners[row[0].as<int>()] = row[1].as<DaemonId>();
    }
    return owners;
}

void PgLedger::age_open_attempts(std::chrono::seconds by) {
    db.sql("update postrider.attempt set claimed = claimed - $1 * interval '1 second'",
           static_cast<long long>(by.count()));
}

std::vector<JournaledAttempt> PgLedger::open_attempts() {
    std::vector<JournaledAttempt> attempts;
    for (const pqxx::row& row :
         db.sql("select id, daemon_id, message_id, channel, shard, conversation, content_hash, destination, "
                "idempotency_key, " +
                sql_time("first_sent") + ", part, parts from postrider.attempt order by id")) {
        JournaledAttempt attempt;
        attempt.id = row[0].as<AttemptId>();
        attempt.daemon = row[1].as<DaemonId>();
        attempt.request.message_id = row[2].as<MessageId>();
        attempt.request.channel = row[3].c_str();
        attempt.request.shard = row[4].as<int>();
        attempt.request.conversation = read_hash(row[5]);
        attempt.request.content_hash = read_hash(row[6]);
        attempt.request.destination = row[7].c_str();
        attempt.request.idempotency_key = row[8].c_str();
        attempt.request.first_sent = read_time(row[9]);
        attempt.request.part = row[10].as<int>();
        attempt.request.parts = row[11].as<int>();
        attempts.push_back(std::move(attempt));
    }
    return attempts;
}

std::vector<JournaledResult> PgLedger::history() {
    std::vector<JournaledResult> results;
    for (const pqxx::row& row :
         db.sql("select id, message_id, daemon_id, idempotency_key, verdict, provider_id, disposition from "
                "postrider.attempt_history order by id")) {
        results.push_back({row[0].as<AttemptId>(), row[1].as<MessageId>(), row[2].as<DaemonId>(),
                           row[3].c_str(), verdict_named(row[4].c_str()).value(), row[5].c_str(),
                           disposition_named(row[6].c_str()).value()});
    }
    return results;
}

std::unique_ptr<Ledger> make_ledger(Executor executor) {
    return std::make_unique<PgLedger>(std::move(executor));
}

}  // namespace postrider::testing
