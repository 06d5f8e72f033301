#include "lib/store/housekeeping.h"

#include "lib/store/sql_time.h"

#include <pqxx/pqxx>

namespace postrider {

Task<Vitals> read_vitals(Database& database, HeldRows held) {
    auto work = [held](pqxx::connection& connection) {
        pqxx::nontransaction session(connection);
        const auto waiting = [](const std::string& condition) {
            return "(select count(*) from simple_messaging_outgoingmessage m "
                   "where m.sent_date is null and not m.errored and " +
                   condition + ")";
        };
        const pqxx::row row = session.exec_params1(
            "select " + sql_time("clock_timestamp()") + ", " + waiting("m.send_date = 'infinity'") + ", " +
                waiting("m.send_date < " + sql_timestamp("$1::bigint") +
                        " and m.id <= $2::bigint and not exists (select from postrider.message_hold h where "
                        "h.message_id = m.id)") +
                ", " + waiting("m.id in (select h.message_id from postrider.message_hold h where h.held)") +
                ", (select count(*) from postrider.attempt_history h where h.verdict = 'in_doubt' "
                "and h.disposition = 'given_up' and h.handled is null and not exists (select from "
                "postrider.attempt_history l where l.message_id = h.message_id and l.id > h.id))",
            to_sql_time(held.before), held.up_to);
        Vitals vitals;
        vitals.now = from_sql_time(row[0].c_str());
        vitals.never_due = row[1].as<long long>();
        vitals.late = row[2].as<long long>();
        vitals.held = row[3].as<long long>();
        vitals.doubts = row[4].as<long long>();
        return vitals;
    };
    co_return co_await database.run(work);
}

Task<TimePoint> read_clock(Database& database) {
    auto work = [](pqxx::connection& connection) {
        pqxx::nontransaction session(connection);
        return from_sql_time(session.exec1("select " + sql_time("clock_timestamp()"))[0].c_str());
    };
    co_return co_await database.run(work);
}

Task<> maintain(Database& database) {
    auto work = [](pqxx::connection& connection) {
        pqxx::nontransaction session(connection);
        session.exec("select postrider.maintain()");
        session.exec("select postrider.forget_inbound()");
        session.exec("select postrider.tend_forwards()");
        session.exec(
            "delete from postrider.message_hold h where not exists (select from "
            "simple_messaging_outgoingmessage m where m.id = h.message_id and m.sent_date is null and not "
            "m.errored)");
        session.exec("delete from postrider.site_run where ended < now() - interval '30 days'");
        session.exec("delete from postrider.site_task_pause where not_before < now() - interval '1 day'");
        session.exec("delete from postrider.suspension where until < now() - interval '1 day'");
        return true;
    };
    co_await database.run(work);
}

}  // namespace postrider
