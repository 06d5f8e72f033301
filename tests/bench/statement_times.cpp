#include "tests/bench/statement_times.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <stdexcept>

namespace postrider::bench {

void count_statements(const std::string& url) {
    pqxx::connection connection(url);
    pqxx::nontransaction session(connection);
    session.exec("create extension if not exists pg_stat_statements");
    session.exec("select pg_stat_statements_reset()");
}

StatementTimes statement_times(const std::string& url) {
    pqxx::connection connection(url);
    pqxx::nontransaction session(connection);
    StatementTimes times;
    for (std::size_t i = 0; i < times.size(); ++i) {
        const WatchedStatement& watched = watched_statements[i];
        const pqxx::result found = session.exec_params(
            "select sum(total_exec_time) / sum(calls), sum(total_exec_time) * 1000 / greatest(sum(rows), 1) "
            "from pg_stat_statements where dbid = (select oid from pg_database where datname = "
            "current_database()) and strpos(query, $1) > 0 and strpos(query, 'pg_stat_statements') = 0",
            watched.piece);
        if (found[0][0].is_null())
            throw std::runtime_error(fmt::format("no statement looks like the {}", watched.name));
        times[i] = {found[0][0].as<double>(), found[0][1].as<double>()};
    }
    return times;
}

}  // namespace postrider::bench
