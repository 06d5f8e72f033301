#include "lib/store/request_names.h"

#include <pqxx/pqxx>

namespace postrider {

std::string find_provider_id(pqxx::connection& connection, MessageId message, const std::string& beginning) {
    pqxx::nontransaction session(connection);
    const pqxx::result rows = session.exec_params(
        "select provider_id from postrider.attempt_history where message_id = $1 "
        "and left(provider_id, length($2)) = $2 and $2 <> '' order by id desc limit 1",
        message, beginning);
    return rows.empty() ? "" : rows[0][0].c_str();
}

}  // namespace postrider
