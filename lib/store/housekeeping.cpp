#include "lib/store/housekeeping.h"

#include "lib/store/sql_time.h"

#include <pqxx/pqxx>

namespace postrider {

Task<Vitals> read_vitals(Database& database) {
    auto work = [](pqxx::connection& connection) {
        pqxx::nontransaction session(connection);
        const pqxx::row row =
            session.exec1("select count(*), " + sql_microseconds("clock_timestamp()") +
                          " from simple_messaging_outgoingmessage "
                          "where sent_date is null and not errored and send_date = 'infinity'");
        return Vitals{from_sql_time(row[1].as<long long>()), row[0].as<long long>()};
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
