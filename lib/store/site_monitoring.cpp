#include "lib/store/site_monitoring.h"

#include <pqxx/pqxx>

namespace postrider {

namespace {

/// Metadata may be no JSON at all: whoever marks a message writes the key, and nobody else does.
constexpr const char* unhandled = R"(
    select count(*) from simple_messaging_outgoingmessage
    where errored and coalesce(strpos(transmission_metadata, '"error_handled"'), 0) = 0)";

constexpr const char* late_events = R"(
    select event_name, coalesce(last_seen < now() - make_interval(mins => error_minutes), true)
    from nagios_monitor_scheduledevent
    where last_seen is null or last_seen < now() - make_interval(mins => least(warning_minutes, error_minutes))
    order by event_name)";

}  // namespace

SiteMonitoring read_site_monitoring(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    SiteMonitoring found;
    found.unhandled_errors = session.exec1(unhandled)[0].as<long long>();
    if (session.exec_params1("select to_regclass($1)", monitoring_table)[0].is_null()) return found;
    for (const pqxx::row& row : session.exec(late_events))
        (row[1].as<bool>() ? found.late_errors : found.late_warnings).emplace_back(row[0].c_str());
    return found;
}

}  // namespace postrider
