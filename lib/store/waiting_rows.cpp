#include "lib/store/waiting_rows.h"

#include "lib/crypto/secret_box.h"
#include "lib/store/row_cursor.h"
#include "lib/store/sql_time.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace postrider {

namespace {

constexpr int page = 500;
constexpr int beginning = 64;  // of a text: enough for the rule that is built in

}  // namespace

WaitingRows::WaitingRows(const DatabaseSettings& settings)
    : connection_(open_connection(settings)), installation_(inspect_installation(*connection_)) {}

WaitingRows::~WaitingRows() = default;

void WaitingRows::each(const Wanted& wanted,
                       const std::function<void(OutgoingMessage row, TimePoint now)>& see) {
    pqxx::work transaction(*connection_);
    transaction.exec(
        "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; "
        "set local enable_seqscan = on");
    const TimePoint now = from_sql_time(transaction.exec("select " + sql_time("now()"))[0][0].c_str());
    RowCursor waiting(
        transaction,
        fmt::format(
            "select m.id, m.destination, case when octet_length(m.message) > {} then null "
            "when {} or m.message like '{}%' then m.message else left(m.message, {}) end, {}, "
            "m.transmission_metadata, {} from simple_messaging_outgoingmessage m "
            "where m.sent_date is null and not m.errored",
            text_bytes_max, wanted.whole_text, SecretBox::prefix, beginning, sql_time("m.send_date"),
            wanted.media
                ? "(m.id in (select p.message_id from simple_messaging_outgoingmessagemedia p))::integer"
                : "0"));
    for (pqxx::result rows = waiting.next(page); !rows.empty(); rows = waiting.next(page)) {
        for (const pqxx::row& row : rows) {
            OutgoingMessage message;
            message.key = {from_sql_time(row[3].c_str()), row[0].as<MessageId>()};
            message.destination = Address(row[1].c_str());
            message.text = Text(row[2].c_str());
            if (!row[4].is_null()) message.transmission_metadata = row[4].c_str();
            message.media_count = row[5].as<int>();
            see(std::move(message), now);
        }
    }
    transaction.commit();
}

}  // namespace postrider
