#include "lib/store/locked_messages.h"

#include "lib/dispatch/result_metadata.h"
#include "lib/store/read_statements.h"
#include "lib/store/sql_array.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace postrider {

std::optional<std::string> LockedMessage::busy() const {
    if (in_doubt) return "is in doubt: its provider is being asked";
    if (attempt_open) return "is being sent";
    return std::nullopt;
}

/// In two statements: whoever claims a row has it locked until the attempt can be seen, so what is
/// asked once the lock is ours is how it is.
LockedMessages lock_messages(pqxx::transaction_base& transaction, const std::vector<MessageId>& ids) {
    SqlArray wanted;
    for (MessageId id : ids) wanted.add(static_cast<long long>(id));
    LockedMessages messages;
    for (const pqxx::row& row : transaction.exec_params(
             fmt::format("select id, sent_date is null and not errored, errored, destination, "
                         "case when octet_length(message) <= {} then message end, transmission_metadata "
                         "from simple_messaging_outgoingmessage where id = any ($1::bigint[]) "
                         "order by id for update",
                         text_bytes_max),
             wanted.text())) {
        LockedMessage& message = messages[row[0].as<MessageId>()];
        message.waits = row[1].as<bool>();
        message.errored = row[2].as<bool>();
        message.destination = row[3].c_str();
        message.text = row[4].c_str();
        if (!row[5].is_null()) message.metadata = row[5].c_str();
    }
    for (const pqxx::row& row : transaction.exec_params(
             "select m.id, a.id is not null, a.doubt_since is not null, "
             "exists (select from postrider.retry t where t.message_id = m.id), coalesce(e.id, 0), "
             "coalesce(e.verdict = 'in_doubt', false), coalesce(e.send_date = m.send_date, false) "
             "from simple_messaging_outgoingmessage m left join postrider.attempt a on a.message_id = m.id " +
                 join_last_end("m.id") + "where m.id = any ($1::bigint[])",
             wanted.text())) {
        const auto found = messages.find(row[0].as<MessageId>());
        if (found == messages.end()) continue;
        LockedMessage& message = found->second;
        message.attempt_open = row[1].as<bool>();
        message.in_doubt = row[2].as<bool>();
        message.retry_waits = row[3].as<bool>();
        message.last_end = row[4].as<AttemptId>();
        message.ended_in_doubt = row[5].as<bool>();
        message.overwritten =
            message.waits && row[6].as<bool>() && marked_attempt(message.metadata) != message.last_end;
    }
    return messages;
}

}  // namespace postrider
