#include "lib/store/message_story.h"

#include "lib/store/message_columns.h"
#include "lib/store/outgoing_rows.h"
#include "lib/store/read_statements.h"
#include "lib/store/row_json.h"
#include "lib/store/sql_time.h"
#include "lib/store/suspension_rows.h"

#include <pqxx/pqxx>

namespace postrider {

namespace {

constexpr const char* attempts_sql = R"(
    select id, part, parts, channel, daemon_id, claimed, closed, verdict, reason, provider_id,
           (select string_agg(k.value, ', ') from json_each_text(h.metadata::json) k
            where k.key like '%error\_code') as error_code, disposition as followed
    from postrider.attempt_history h where message_id = $1::bigint
    union all
    select id, part, parts, channel, daemon_id, claimed, null,
           case when doubt_since is null then 'open' else 'in_doubt' end, coalesce(doubt_reason, ''), '', null,
           null
    from postrider.attempt where message_id = $1::bigint order by id)";

constexpr const char* reports_sql = R"(
    select part, state, status, reason, reported, applied, channel, provider_id
    from postrider.delivery_report where message_id = $1::bigint order by part, reported)";

constexpr const char* forwards_sql = R"(
    select endpoint, event, case when dead is null then 'waiting' else 'given up' end as state, created, tries,
           case when dead is null and isfinite(not_before) then not_before end as next_try, reason
    from postrider.forward where event = 'message.report' and message_id = $1::bigint order by id)";

constexpr const char* intake_sql = R"(
    select (select declared from postrider.ready_message where message_id = $1::bigint) as declared,
           (select count(*) from simple_messaging_outgoingmessagemedia where message_id = $1::bigint) as media)";

pqxx::binarystring as_bytes(const Hash& hash) { return {hash.data(), hash.size()}; }

/// What keeps it, besides what its row says.
void read_waiting(pqxx::transaction_base& transaction, MessageId id, std::chrono::milliseconds lateness_max,
                  bool lookup_keys, MessageStory& story) {
    const pqxx::result waits = transaction.exec_params(read_any_sql(lookup_keys), id);
    if (waits.empty()) return;
    story.waiting = read_outgoing(waits[0]);
    story.now = outgoing_read_at(waits[0]);
    const pqxx::result open = transaction.exec_params(
        "select " + sql_time("doubt_since") +
            ", coalesce(doubt_reason, '') from postrider.attempt where message_id = $1::bigint",
        id);
    if (!open.empty()) story.attempt = {optional_time(open[0][0]), open[0][1].c_str()};
    const pqxx::result holds =
        transaction.exec_params("select held, " + sql_time("since") +
                                    ", reason from postrider.message_hold where message_id = $1::bigint",
                                id);
    if (!holds.empty() && holds[0][0].as<bool>())
        story.hold = {from_sql_time(holds[0][1].c_str()), holds[0][2].c_str()};
    story.late =
        holds.empty() && !transaction
                              .exec_params(
                                  "select from simple_messaging_outgoingmessage m, postrider.installation i "
                                  "where m.id = $1::bigint and m.id <= i.last_message_id "
                                  "and m.send_date < i.installed - make_interval(secs => $2)",
                                  id, std::chrono::duration<double>(lateness_max).count())
                              .empty();
}

}  // namespace

MessageStories::MessageStories(const DatabaseSettings& settings)
    : connection_(open_connection(settings)), installation_(inspect_installation(*connection_)) {}

MessageStories::~MessageStories() = default;

std::optional<MessageStory> MessageStories::read(MessageId id, std::chrono::milliseconds lateness_max) {
    pqxx::work transaction(*connection_);
    const pqxx::result row = transaction.exec_params(
        std::string("select ") + message_columns + " from postrider.messages where id = $1::bigint", id);
    if (row.empty()) return std::nullopt;
    MessageStory story;
    story.row = to_object(row[0]);
    story.intake = to_object(transaction.exec_params1(intake_sql, id));
    story.attempts = to_array(transaction.exec_params(attempts_sql, id));
    story.reports = to_array(transaction.exec_params(reports_sql, id));
    story.forwards = to_array(transaction.exec_params(forwards_sql, id));
    const pqxx::result said = transaction.exec_params(
        "select destination, message from simple_messaging_outgoingmessage where id = $1::bigint", id);
    if (!said.empty()) {
        story.destination = Address(said[0][0].c_str());
        story.text = Text(said[0][1].c_str());
    }
    read_waiting(transaction, id, lateness_max, installation_.has_lookup_keys, story);
    transaction.commit();
    return story;
}

std::vector<Suspension> MessageStories::suspensions() {
    pqxx::nontransaction session(*connection_);
    return read_suspensions(session);
}

std::optional<WaitFacts::Before> MessageStories::open_before(const ConversationId& conversation,
                                                             MessageId id) {
    pqxx::nontransaction session(*connection_);
    const pqxx::result open = session.exec_params(
        "select message_id, " + sql_time("doubt_since") +
            " from postrider.attempt where conversation = $1 and message_id <> $2::bigint "
            "order by doubt_since desc nulls first limit 1",
        as_bytes(conversation), id);
    if (open.empty()) return std::nullopt;
    return WaitFacts::Before{open[0][0].as<MessageId>(), optional_time(open[0][1])};
}

std::optional<WaitFacts::Suppressed> MessageStories::suppression(const Hash& recipient,
                                                                 const std::string& channel) {
    pqxx::nontransaction session(*connection_);
    const pqxx::result found = session.exec_params(
        "select cause, " + sql_time("since") +
            " from postrider.suppression where recipient = $1 and channel in ('', $2) order by since limit 1",
        as_bytes(recipient), channel);
    if (found.empty()) return std::nullopt;
    return WaitFacts::Suppressed{found[0][0].c_str(), from_sql_time(found[0][1].c_str())};
}

}  // namespace postrider
