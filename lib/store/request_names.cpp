#include "lib/store/request_names.h"

#include <pqxx/pqxx>

namespace postrider {

std::optional<KnownRequest> find_request(pqxx::connection& connection, MessageId message,
                                         const std::string& beginning) {
    pqxx::nontransaction session(connection);
    const pqxx::result rows = session.exec_params(
        "select h.provider_id, h.channel, m.destination from postrider.attempt_history h "
        "left join simple_messaging_outgoingmessage m on m.id = h.message_id "
        "where h.message_id = $1::bigint and left(h.provider_id, length($2::text)) = $2 and $2 <> '' "
        "order by h.id desc limit 1",
        message, beginning);
    if (rows.empty()) return std::nullopt;
    return KnownRequest{rows[0][0].c_str(), rows[0][1].c_str(), rows[0][2].c_str()};
}

}  // namespace postrider
