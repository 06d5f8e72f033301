#include "tests/bench/rows.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace postrider::bench {

std::string rows_sql(const std::string& send_date) {
    return fmt::format(
        "(destination, message, send_date, errored, transmission_metadata) "
        "select '+1312' || lpad(n::text, 7, '0'), 'Your visit is tomorrow at 9:00. Reply C to confirm. (' || "
        "n || ')', {}, false, format(E'{{\\n  \"message_channel\": \"%s\",\\n  \"django.user\": \"operator "
        "(1)\"\\n}}', $2::text) from generate_series($3::int, $3::int + $1::int - 1) n",
        send_date);
}

void insert_rows(const std::string& url, int count, const std::string& channel, const std::string& send_date,
                 int first) {
    pqxx::connection connection(url);
    pqxx::work transaction(connection);
    transaction.exec("set local session_replication_role = replica");  // no doorbell
    transaction.exec_params("insert into simple_messaging_outgoingmessage " + rows_sql(send_date), count,
                            channel, first);
    transaction.commit();
    pqxx::nontransaction(connection).exec("vacuum analyze simple_messaging_outgoingmessage");
}

void insert_due_rows(const std::string& url, int count, const std::string& channel) {
    insert_rows(url, count, channel, "now() - interval '1 second'");
}

void insert_and_ring(const std::string& url, int count, const std::string& channel) {
    pqxx::connection connection(url);
    pqxx::nontransaction(connection)
        .exec_params("insert into simple_messaging_outgoingmessage " + rows_sql(), count, channel, 1);
}

void wait_until_sent(const std::string& url, ChildProcess& daemon) {
    pqxx::connection connection(url);
    pqxx::nontransaction session(connection);
    session.exec("set enable_seqscan = off");  // looking must cost next to nothing
    for (;;) {
        if (!daemon.running()) throw std::runtime_error("the daemon ended");
        // From the end: what went first has left dead entries behind, and they would be read again and again.
        const bool busy = session
                              .exec(
                                  "select exists (select from simple_messaging_outgoingmessage where "
                                  "sent_date is null and not errored and send_date <= now() "
                                  "order by send_date desc, id desc limit 1) "
                                  "or exists (select from postrider.attempt)")[0][0]
                              .as<bool>();
        if (!busy) return;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
}

void require_sent(const std::string& url, long long messages) {
    pqxx::connection connection(url);
    pqxx::nontransaction session(connection);
    const pqxx::row row = session.exec1(
        "select (select count(*) from simple_messaging_outgoingmessage where sent_date is not null and not "
        "errored), count(*), count(distinct message_id) from postrider.attempt_history where verdict = "
        "'sent'");
    const auto sent = row[0].as<long long>();
    const auto accepted = row[1].as<long long>();
    const auto different = row[2].as<long long>();
    if (sent != messages || accepted != messages || different != messages) {
        throw std::runtime_error(
            fmt::format("of {} messages {} are recorded as sent, with {} accepted attempts of {} messages",
                        messages, sent, accepted, different));
    }
}

double sent_per_second(const std::string& url) {
    pqxx::connection connection(url);
    return pqxx::nontransaction(connection)
        .exec(
            "select (count(*) / extract(epoch from max(sent_date) - (select min(claimed) from "
            "postrider.attempt_history)))::float8 from simple_messaging_outgoingmessage "
            "where sent_date is not null and not errored")[0][0]
        .as<double>();
}

void insert_history(const std::string& url, int rows) {
    insert_rows(url, rows, "bench",
                fmt::format("now() - interval '1 minute' - ({} - n) * interval '30 days' / {}", rows, rows));
    pqxx::connection connection(url);
    pqxx::nontransaction session(connection);
    session.exec("set postrider.guard = 'off'");  // the rows are to look as a daemon left them
    session.exec(
        "with attempts as (insert into postrider.attempt_history (id, message_id, part, parts, channel, "
        "daemon_id, idempotency_key, first_sent, content_hash, conversation, claimed, closed, verdict, "
        "reason, "
        "provider_id, send_date, disposition, metadata) "
        "select nextval(pg_get_serial_sequence('postrider.attempt', 'id')), id, 1, 1, 'bench', 0, "
        "gen_random_uuid(), send_date, sha256(message::bytea), sha256(destination::bytea), send_date, "
        "send_date + interval '20 ms', 'sent', '', 'loopback-' || id, send_date, 'sent', '{}' "
        "from simple_messaging_outgoingmessage order by send_date returning message_id, closed) "
        "update simple_messaging_outgoingmessage m set sent_date = a.closed from attempts a where "
        "a.message_id "
        "= m.id");
    session.exec("vacuum full analyze simple_messaging_outgoingmessage");
    session.exec("vacuum analyze postrider.attempt_history");
    session.exec("checkpoint");
}

}  // namespace postrider::bench
