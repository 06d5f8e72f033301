#include "lib/store/suspension_rows.h"

#include "lib/store/sql_time.h"

#include <pqxx/pqxx>

namespace postrider {

std::vector<Suspension> read_suspensions(pqxx::transaction_base& transaction) {
    static const std::string statement =
        "select channel, cause = 'copy', " + sql_time("since") + ", " + sql_time("until") +
        ", reason from postrider.suspension where until is null or until > clock_timestamp() "
        "order by channel, cause";
    std::vector<Suspension> suspensions;
    for (const pqxx::row& row : transaction.exec(statement)) {
        Suspension each;
        each.channel = row[0].c_str();
        each.copy_found = row[1].as<bool>();
        each.since = from_sql_time(row[2].c_str());
        if (!row[3].is_null()) each.until = from_sql_time(row[3].c_str());
        each.reason = row[4].c_str();
        suspensions.push_back(std::move(each));
    }
    return suspensions;
}

}  // namespace postrider
