#include "lib/store/message_queries.h"

#include "lib/store/row_json.h"
#include "lib/store/site_tables.h"

#include <pqxx/pqxx>

namespace postrider {

namespace {

constexpr const char* columns =
    "id, state, channel, to_char(send_date, 'YYYY-MM-DD\"T\"HH24:MI:SS.USOF') as send_date, "
    "to_char(sent_date, 'YYYY-MM-DD\"T\"HH24:MI:SS.USOF') as sent_date, "
    "round(extract(epoch from lag)::numeric, 6) as lag_seconds, attempts, retry_at, reason, provider_id";

void refuse_unmigrated(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    if (session.exec("select to_regclass('postrider.messages')")[0][0].is_null()) {
        throw DatabaseSetupError("this database has no schema postrider yet: run `postrider migrate` once");
    }
}

}  // namespace

MessageQueries::MessageQueries(const DatabaseSettings& settings) : connection_(open_connection(settings)) {
    refuse_unmigrated(*connection_);
}

MessageQueries::~MessageQueries() = default;

long long MessageQueries::enqueue(const NewMessage& message) {
    const auto or_null = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
    try {
        pqxx::work transaction(*connection_);
        const auto id =
            transaction
                .exec_params(
                    "select postrider.enqueue($1, $2, coalesce($3::timestamptz, now()), $4, '{}', $5)",
                    message.destination.reveal(), message.text.reveal(), or_null(message.send_date),
                    or_null(message.channel), or_null(message.idempotency_key))[0][0]
                .as<long long>();
        transaction.commit();
        return id;
    } catch (const pqxx::data_exception& error) {
        throw DatabaseSetupError(error.what());
    }
}

boost::json::array MessageQueries::list(const Filter& filter) {
    pqxx::nontransaction session(*connection_);
    return to_array(session.exec_params(std::string("select ") + columns +
                                            " from postrider.messages where ($1 = '' or state = $1) "
                                            "and ($2 = '' or channel = $2) order by id desc limit $3::int",
                                        filter.state, filter.channel, filter.limit));
}

std::optional<boost::json::object> MessageQueries::show(long long id,
                                                        std::chrono::milliseconds lateness_max) {
    pqxx::nontransaction session(*connection_);
    const pqxx::result row = session.exec_params(
        std::string("select ") + columns + " from postrider.messages where id = $1::bigint", id);
    if (row.empty()) return std::nullopt;
    boost::json::object message = to_object(row[0]);
    const pqxx::result late = session.exec_params(
        "select from postrider.messages m, postrider.installation i where m.id = $1::bigint and m.state = "
        "'due' "
        "and m.id <= i.last_message_id and m.send_date < i.installed - make_interval(secs => $2) "
        "and not exists (select from postrider.message_hold h where h.message_id = m.id)",
        id, std::chrono::duration<double>(lateness_max).count());
    if (!late.empty()) {
        message["state"] = "held";
        message["reason"] =
            "it was overdue by more than lateness_max when Postrider was installed (`postrider messages "
            "release` lets it go)";
    }
    message["attempts"] = to_array(session.exec_params(
        "select id, part, channel, daemon_id, claimed, closed, verdict, reason, provider_id from "
        "postrider.attempt_history "
        "where message_id = $1::bigint union all "
        "select id, part, channel, daemon_id, claimed, null, 'open', '', '' from postrider.attempt "
        "where message_id = $1::bigint order by id",
        id));
    return message;
}

boost::json::array MessageQueries::channel_activity(int hours) {
    pqxx::nontransaction session(*connection_);
    return to_array(session.exec_params(
        "select channel, count(*) filter (where verdict = 'sent') as sent, "
        "count(*) filter (where verdict <> 'sent') as not_sent, max(closed) as last_attempt "
        "from postrider.attempt_history where closed > now() - make_interval(hours => $1::int) group by "
        "channel",
        hours));
}

}  // namespace postrider
