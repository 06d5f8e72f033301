#include "lib/store/message_queries.h"

#include "lib/store/message_columns.h"
#include "lib/store/row_json.h"

#include <pqxx/pqxx>

namespace postrider {

namespace {

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

std::optional<boost::json::object> MessageQueries::find(long long id) {
    pqxx::nontransaction session(*connection_);
    const pqxx::result row = session.exec_params(
        std::string("select ") + message_columns + " from postrider.messages where id = $1::bigint", id);
    if (row.empty()) return std::nullopt;
    return to_object(row[0]);
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
