#include "tests/bench/ceiling.h"

#include "tests/bench/rows.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace postrider::bench {

namespace {

constexpr int batches[] = {100, 500, 1000};

void make_tables(pqxx::connection& connection, int count) {
    pqxx::nontransaction session(connection);
    session.exec("drop table if exists ceiling_message, ceiling_attempt, ceiling_history");
    session.exec("create table ceiling_message (like simple_messaging_outgoingmessage including all)");
    session.exec(
        "create table ceiling_attempt (id bigint generated always as identity primary key, message_id bigint "
        "not null unique, "
        "channel text not null, claimed timestamptz not null default now())");
    session.exec(
        "create table ceiling_history (id bigint, message_id bigint, channel text, claimed timestamptz, "
        "closed timestamptz, verdict text)");
    session.exec("create index on ceiling_history (message_id)");
    session.exec_params("insert into ceiling_message " + rows_sql(), count, "bench", 1);
    session.exec("vacuum analyze ceiling_message");
}

/// One batch: its rows are read and claimed, then completed.
void do_batch(pqxx::connection& connection, int first, int last) {
    {
        pqxx::work claim(connection);
        claim.exec_prepared("claim", first, last);
        claim.commit();
    }
    pqxx::work complete(connection);
    complete.exec_prepared("complete", first, last);
    complete.commit();
}

void prepare(pqxx::connection& connection) {
    connection.prepare(
        "claim",
        "with due as (select id, message, transmission_metadata from ceiling_message where id between $1 and "
        "$2 "
        "and sent_date is null and not errored and send_date <= now() for update skip locked), "
        "claimed as (insert into ceiling_attempt (message_id, channel) select id, 'bench' from due "
        "on conflict do nothing returning message_id) "
        "select due.id, due.message, due.transmission_metadata from due join claimed on claimed.message_id = "
        "due.id");
    connection.prepare(
        "complete",
        "with closed as (delete from ceiling_attempt where message_id between $1 and $2 returning *), "
        "history as (insert into ceiling_history select id, message_id, channel, claimed, now(), 'sent' from "
        "closed) "
        "update ceiling_message m set sent_date = now(), errored = false, transmission_metadata = "
        "rtrim(m.transmission_metadata, E'}\\n') || E',\\n  \"loopback\": \"Sent.\"\\n}' from closed c where "
        "m.id = c.message_id");
}

double run(const std::string& url, int count, int connections, int batch) {
    {
        pqxx::connection connection(url);
        make_tables(connection, count);
    }
    std::vector<std::unique_ptr<pqxx::connection>> open;
    for (int i = 0; i < connections; ++i) {
        open.push_back(std::make_unique<pqxx::connection>(url));
        prepare(*open.back());
    }
    std::atomic<int> next{1};
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (auto& connection : open) {
        threads.emplace_back([&] {
            for (int first = next.fetch_add(batch); first <= count; first = next.fetch_add(batch)) {
                do_batch(*connection, first, std::min(first + batch - 1, count));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    pqxx::connection connection(url);
    const int finished = pqxx::nontransaction(connection)
                             .exec("select count(*) from ceiling_message where sent_date is not null")[0][0]
                             .as<int>();
    return finished / took.count();
}

}  // namespace

Ceiling measure_ceiling(const std::string& url, int count, int connections) {
    Ceiling best;
    for (int batch : batches) {
        const double rate = run(url, count, connections, batch);
        if (rate > best.rows_per_second) best = {rate, batch};
    }
    return best;
}

}  // namespace postrider::bench
