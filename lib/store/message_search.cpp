#include "lib/store/message_search.h"

#include "lib/store/message_columns.h"
#include "lib/store/row_cursor.h"
#include "lib/store/row_json.h"
#include "lib/store/sql_array.h"
#include "lib/text/phone_number.h"
#include "lib/text/trim.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>

namespace postrider {

namespace {

constexpr int first_page = 200;
constexpr int page_max = 5000;

/// What of a state the columns of the table say: the view is asked about few rows then.
const char* of_state(const std::string& state) {
    if (state == "errored") return "m.errored";
    if (state == "sent") return "m.sent_date is not null and not m.errored";
    if (state == "sending" || state == "in_doubt")
        return "m.id in (select a.message_id from postrider.attempt a)";
    if (!state.empty()) return "m.sent_date is null and not m.errored";
    return "true";
}

std::string of_ids(const std::vector<MessageFilter::Ids>& ids) {
    if (ids.empty()) return "true";
    std::string any;
    for (const auto& each : ids)
        any += fmt::format("{}m.id between {} and {}", any.empty() ? "" : " or ", each.first, each.last);
    return "(" + any + ")";
}

/// A code stands in what the last attempt, or a report, brought to the metadata.
std::string of_error(pqxx::transaction_base& transaction, const std::string& code) {
    if (code.empty()) return "true";
    const auto has_code = [&](const std::string& metadata) {
        return fmt::format(
            "exists (select from json_each_text({}::json) k where k.key like '%error\\_code' and k.value = "
            "{})",
            metadata, transaction.quote(code));
    };
    return fmt::format(
        "(m.errored or m.sent_date is null) and ({} or exists (select from postrider.delivery_report d "
        "where d.message_id = m.id and {}))",
        has_code("(select h.metadata from postrider.attempt_history h where h.message_id = m.id "
                 "order by h.id desc limit 1)"),
        has_code("d.metadata"));
}

/// Quoted. `name`: of which setting.
std::string moment(pqxx::connection& connection, const char* name, const std::string& text) {
    try {
        pqxx::nontransaction session(connection);
        session.exec_params("select $1::timestamptz", text);
    } catch (const pqxx::data_exception&) {
        throw DatabaseSetupError(fmt::format("{}: {} is no time that PostgreSQL reads", name, text));
    }
    return connection.quote(text) + "::timestamptz";
}

std::string of_time(pqxx::connection& connection, const std::string& since, const std::string& until) {
    std::string both = "true";
    if (!since.empty()) both += " and m.send_date >= " + moment(connection, "since", since);
    if (!until.empty()) both += " and m.send_date < " + moment(connection, "until", until);
    return both;
}

}  // namespace

MessageSearch::MessageSearch(const DatabaseSettings& settings, const EncryptionSettings& encryption,
                             std::string phone_region)
    : connection_(open_connection(settings)),
      installation_(inspect_installation(*connection_)),
      privacy_(encryption, installation_.hash_salt),
      phone_region_(std::move(phone_region)) {}

MessageSearch::~MessageSearch() = default;

boost::json::array MessageSearch::find(const MessageFilter& filter) {
    const std::string wanted =
        filter.destination
            ? without_spelling(without_outer_space(filter.destination->reveal()), phone_region_)
            : "";
    const auto goes_there = [&](const pqxx::field& stored) {
        if (!filter.destination) return true;
        auto opened = privacy_.open(stored.c_str());
        if (!opened.value) return false;
        const bool same = without_spelling(without_outer_space(*opened.value), phone_region_) == wanted;
        wipe(*opened.value);
        return same;
    };
    const std::string when = of_time(*connection_, filter.since, filter.until);
    boost::json::array found;
    pqxx::work transaction(*connection_);
    transaction.exec(
        "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; "
        "set local enable_seqscan = on");
    RowCursor candidates(transaction,
                         fmt::format("select m.id, {} from simple_messaging_outgoingmessage m "
                                     "where {} and {} and {} and {} order by m.id desc",
                                     filter.destination ? "m.destination" : "''", of_state(filter.state),
                                     of_ids(filter.ids), when, of_error(transaction, filter.error_code)));
    for (int page = first_page; found.size() < filter.limit; page = std::min(page * 5, page_max)) {
        const pqxx::result rows = candidates.next(page);
        if (rows.empty()) break;
        SqlArray ids;
        for (const pqxx::row& row : rows) {
            if (goes_there(row[1])) ids.add(row[0].as<long long>());
        }
        for (const pqxx::row& row : transaction.exec_params(
                 std::string("select ") + message_columns +
                     " from postrider.messages where id = any ($1::bigint[]) and ($2 = '' or state = $2) "
                     "and ($3 = '' or channel = $3) order by id desc limit $4::bigint",
                 ids.text(), filter.state, filter.channel,
                 static_cast<long long>(filter.limit - found.size())))
            found.push_back(to_object(row));
    }
    transaction.commit();
    return found;
}

}  // namespace postrider
