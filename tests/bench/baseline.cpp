#include "tests/bench/measurements.h"
#include "tests/bench/rows.h"
#include "tests/bench/throughput.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <chrono>
#include <stdexcept>

namespace postrider::bench {

namespace {

/// With the indexes of a Django site, and nothing of ours.
void make_table(pqxx::connection& connection, int rows) {
    pqxx::nontransaction session(connection);
    session.exec(
        "create table baseline (like simple_messaging_outgoingmessage including defaults "
        "including identity, primary key (id))");
    session.exec("create index on baseline (lookup_key)");
    session.exec_params("insert into baseline " + rows_sql(), rows, "bench", 1);
    session.exec("vacuum analyze baseline");
}

/// As Django saves an object: all columns, each save a transaction.
void save(pqxx::connection& connection, const pqxx::row& row, const std::string& metadata) {
    const auto value = [&](const char* column) {
        const pqxx::field field = row[column];
        return field.is_null() ? nullptr : field.c_str();
    };
    pqxx::nontransaction(connection)
        .exec_params(
            "update baseline set destination = $2, reference_id = $3, send_date = $4, "
            "sent_date = now(), message = $5, errored = $6, transmission_metadata = $7, "
            "message_metadata = $8, lookup_key = $9 where id = $1",
            value("id"), value("destination"), value("reference_id"), value("send_date"), value("message"),
            value("errored"), metadata, value("message_metadata"), value("lookup_key"));
}

/// Rows that are due are read at once, and each is saved before it is sent, against sending it twice,
/// and after.
void send_all(pqxx::connection& connection) {
    const pqxx::result due =
        pqxx::nontransaction(connection)
            .exec("select * from baseline where send_date <= now() and sent_date is null and not errored");
    for (const pqxx::row& row : due) {
        const std::string before = row["transmission_metadata"].c_str();
        save(connection, row, before);
        save(connection, row,
             before.substr(0, before.rfind('\n')) + ",\n  \"loopback\": \"Sent at 9:00 via loopback.\"\n}");
    }
}

double baseline_rate(const std::string& url, int rows) {
    pqxx::connection connection(url);
    make_table(connection, rows);
    const auto start = std::chrono::steady_clock::now();
    send_all(connection);
    const Seconds took = std::chrono::steady_clock::now() - start;
    const int sent = pqxx::nontransaction(connection)
                         .exec(
                             "select count(*) from baseline where sent_date is not null and "
                             "(transmission_metadata::json ->> 'loopback') is not null")[0][0]
                         .as<int>();
    if (sent != rows) throw std::runtime_error(fmt::format("the baseline sent {} of {} rows", sent, rows));
    return rows / took.count();
}

}  // namespace

void measure_baseline(Workbench& bench, Report& report, const Baseline& rows) {
    const double baseline = baseline_rate(bench.new_database(), rows.one_by_one);
    report.add({.name = "one row at a time, saved before and after", .value = baseline, .unit = "/s"});
    const double rate = loopback_rate(bench, rows.loopback);
    report.add({.name = "loopback",
                .value = rate,
                .unit = "/s",
                .ratio = rate / baseline,
                .of = "one row at a time"});
}

}  // namespace postrider::bench
