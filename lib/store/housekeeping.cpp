#include "lib/store/housekeeping.h"

#include "lib/store/sql_time.h"

#include <pqxx/pqxx>

namespace postrider {

Task<Vitals> read_vitals(Database& database, HeldRows held) {
    auto work = [held](pqxx::connection& connection) {
        pqxx::nontransaction session(connection);
        const auto waiting = [](const std::string& condition) {
            return "(select count(*) from simple_messaging_outgoingmessage "
                   "where sent_date is null and not errored and send_date " +
                   condition + ")";
        };
        const pqxx::row row = session.exec_params1(
            "select " + sql_microseconds("clock_timestamp()") + ", " + waiting("= 'infinity'") + ", " +
                waiting("< " + sql_timestamp("$1::bigint") + " and id <= $2::bigint"),
            to_sql_time(held.before), held.up_to);
        return Vitals{from_sql_time(row[0].as<long long>()), row[1].as<long long>(), row[2].as<long long>()};
    };
    co_return co_await database.run(work);
}

Task<> maintain(Database& database) {
    auto work = [](pqxx::connection& connection) {
        pqxx::nontransaction(connection).exec("select postrider.maintain()");
        return true;
    };
    co_await database.run(work);
}

}  // namespace postrider
