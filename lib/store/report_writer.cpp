#include "lib/store/report_writer.h"

#include "lib/inbound/report_metadata.h"
#include "lib/schedule/iso_time.h"
#include "lib/store/forward_writer.h"
#include "lib/store/prepared.h"
#include "lib/store/sql_array.h"
#include "lib/store/sql_time.h"
#include "lib/text/json_object.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <pqxx/pqxx>

#include <map>
#include <optional>
#include <unordered_map>

namespace postrider {

namespace {

struct Statements {
    Statement keep{"report_keep", fmt::format(R"(
        insert into postrider.delivery_report as d
            (transport, provider_id, channel, attempt_id, idempotency_key, rank, state, status, reason,
             metadata, acceptance, reported)
        select r.transport, r.provider_id, r.channel, r.attempt_id, r.idempotency_key, r.rank, r.state,
               r.status, r.reason, r.metadata, r.acceptance, {}
        from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::uuid[], $6::smallint[], $7::text[],
                    $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[])
            as r(transport, provider_id, channel, attempt_id, idempotency_key, rank, state, status, reason,
                 metadata, acceptance, reported)
        order by r.transport, r.provider_id
        on conflict (transport, provider_id) do update
            set channel = excluded.channel, attempt_id = coalesce(excluded.attempt_id, d.attempt_id),
                idempotency_key = coalesce(excluded.idempotency_key, d.idempotency_key),
                rank = excluded.rank, state = excluded.state, status = excluded.status,
                reason = excluded.reason, metadata = excluded.metadata, acceptance = excluded.acceptance,
                reported = excluded.reported, applied = false, look_at = now()
            where excluded.rank > d.rank
        returning transport, provider_id)",
                                              sql_timestamp("r.reported"))};

    /// Those to look at, with the attempt that each is about: the one that the provider knows by that name,
    /// or one that ended in doubt and that the report names. `superseded`: that part of its message has
    /// gone again since.
    Statement look{"report_look", fmt::format(R"(
        select r.transport, r.provider_id, r.channel, r.rank, r.state, r.status, r.reason, r.metadata,
               r.acceptance, {}, h.id, h.message_id, h.part, h.parts, h.verdict,
               h.id is not null and exists (
                   select from postrider.attempt_history l where l.message_id = h.message_id
                   and l.part = h.part and l.verdict = 'sent' and l.id > h.id), {}
        from postrider.delivery_report r
        left join lateral (
            (select k.* from postrider.attempt_history k
             where k.provider_id = r.provider_id and k.provider_id <> '' order by k.id desc limit 1)
            union all
            (select k.* from postrider.attempt_history k
             where k.verdict = 'in_doubt' and k.disposition = 'given_up' and k.handled is null
               and (k.id = r.attempt_id or k.idempotency_key = r.idempotency_key)
             order by k.id desc limit 1)
            limit 1) h on true
        where not r.applied and r.look_at <= now()
        order by r.look_at limit $1::bigint for update of r skip locked)",
                                              sql_time("r.reported"), sql_time("h.closed"))};
    Statement lock{"report_lock", R"(
        select m.id, m.transmission_metadata, m.errored
        from simple_messaging_outgoingmessage m
        where m.id = any ($1::bigint[]) and m.sent_date is not null order by m.id for update)"};
    Statement of_messages{"report_of_messages", fmt::format(R"(
        select d.message_id, d.part, d.rank, d.state, d.status, d.reason, d.metadata, {}
        from postrider.delivery_report d where d.message_id = any ($1::bigint[]) and not exists (
            select from postrider.attempt_history l where l.message_id = d.message_id and l.part = d.part
            and l.verdict = 'sent' and l.id > d.attempt_id))",
                                                            sql_time("d.reported"))};
    Statement write{"report_write", R"(
        update simple_messaging_outgoingmessage m
        set transmission_metadata = r.metadata, errored = r.errored
        from unnest($1::bigint[], $2::text[], $3::boolean[]) as r(id, metadata, errored) where m.id = r.id)"};
    Statement done{"report_done", R"(
        update postrider.delivery_report d
        set applied = true, message_id = r.message_id, part = r.part, attempt_id = r.attempt_id
        from unnest($1::text[], $2::text[], $3::bigint[], $4::int[], $5::bigint[])
            as r(transport, provider_id, message_id, part, attempt_id)
        where d.transport = r.transport and d.provider_id = r.provider_id)"};
    Statement later{"report_later", R"(
        update postrider.delivery_report d
        set look_at = now() + least(greatest(now() - d.reported, interval '1 second'), interval '1 hour')
        from unnest($1::text[], $2::text[]) as r(transport, provider_id)
        where d.transport = r.transport and d.provider_id = r.provider_id)"};
};

const Statements& statements() {
    static const Statements all;
    return all;
}

/// A report that is to be looked at, and the attempt that it is about.
struct Look {
    std::string transport;
    std::string provider_id;
    std::string channel;
    PartReport report;
    std::string acceptance;
    TimePoint reported;
    TimePoint ended;        ///< of the attempt
    AttemptId attempt = 0;  ///< 0: not known yet
    MessageId message = 0;
    int parts = 1;
    bool accepted = true;  ///< the journal has it as accepted
    bool superseded = false;
};

std::vector<Look> looks(pqxx::transaction_base& transaction, std::size_t limit) {
    std::vector<Look> all;
    for (const pqxx::row& row : exec(transaction, statements().look, static_cast<long long>(limit))) {
        Look look;
        look.transport = row[0].c_str();
        look.provider_id = row[1].c_str();
        look.channel = row[2].c_str();
        look.report.rank = row[3].as<int>();
        look.report.state = delivery_state_named(row[4].c_str()).value_or(DeliveryState::under_way);
        look.report.status = row[5].c_str();
        look.report.reason = row[6].c_str();
        look.report.metadata = row[7].c_str();
        look.acceptance = row[8].c_str();
        look.reported = from_sql_time(row[9].c_str());
        look.report.reported = look.reported;
        if (!row[10].is_null()) {
            look.attempt = row[10].as<AttemptId>();
            look.message = row[11].as<MessageId>();
            look.report.part = row[12].as<int>();
            look.parts = row[13].as<int>();
            look.accepted = std::string_view(row[14].c_str()) == "sent";
            look.superseded = row[15].as<bool>();
            look.ended = from_sql_time(row[16].c_str());
        }
        all.push_back(std::move(look));
    }
    return all;
}

void put_off(pqxx::transaction_base& transaction, const std::vector<const Look*>& looks) {
    SqlArray transports, ids;
    for (const Look* look : looks) {
        transports.add(std::string_view(look->transport));
        ids.add(std::string_view(look->provider_id));
    }
    exec(transaction, statements().later, transports.text(), ids.text());
}

/// What ended in doubt was accepted after all: so its row is to say.
void accept(pqxx::transaction_base& transaction, const std::vector<const Look*>& looks,
            const RowKeeping& keeping) {
    std::vector<AttemptResult> results;
    for (const Look* look : looks) {
        AttemptResult result;
        result.attempt_id = look->attempt;
        result.message_id = look->message;
        result.outcome = Outcome::sent(look->provider_id, parse_json_object(look->acceptance));
        result.disposition = Disposition::sent;
        result.ended = look->reported;
        results.push_back(std::move(result));
    }
    write_results(transaction, results, keeping);
}

void mark_done(pqxx::transaction_base& transaction, const std::vector<const Look*>& looks) {
    SqlArray transports, ids, messages, parts, attempts;
    for (const Look* look : looks) {
        transports.add(std::string_view(look->transport));
        ids.add(std::string_view(look->provider_id));
        messages.add(static_cast<long long>(look->message));
        parts.add(look->report.part);
        attempts.add(static_cast<long long>(look->attempt));
    }
    exec(transaction, statements().done, transports.text(), ids.text(), messages.text(), parts.text(),
         attempts.text());
}

/// Into the rows of their messages. All of them have been marked as done: so the reports of a message's
/// other parts are found with them.
void write_rows(pqxx::transaction_base& transaction, const std::vector<const Look*>& looks) {
    std::map<MessageId, int> parts;
    for (const Look* look : looks) {
        if (!look->superseded) parts[look->message] = std::max(parts[look->message], look->parts);
    }
    if (parts.empty()) return;
    SqlArray wanted;
    for (const auto& [message, count] : parts) wanted.add(static_cast<long long>(message));
    std::map<MessageId, std::vector<PartReport>> reports;
    for (const pqxx::row& row : exec(transaction, statements().of_messages, wanted.text())) {
        PartReport report;
        report.part = row[1].as<int>();
        report.rank = row[2].as<int>();
        report.state = delivery_state_named(row[3].c_str()).value_or(DeliveryState::under_way);
        report.status = row[4].c_str();
        report.reason = row[5].c_str();
        report.metadata = row[6].c_str();
        report.reported = from_sql_time(row[7].c_str());
        reports[row[0].as<MessageId>()].push_back(std::move(report));
    }
    SqlArray ids, metadata, errored;
    bool any = false;
    for (const pqxx::row& row : exec(transaction, statements().lock, wanted.text())) {
        const auto message = row[0].as<MessageId>();
        const auto decisive = decisive_report(reports[message], parts.at(message));
        if (!decisive) continue;
        std::optional<std::string> before;
        if (!row[1].is_null()) before = row[1].c_str();
        ids.add(static_cast<long long>(message));
        metadata.add(std::string_view(metadata_with_report(before, *decisive)));
        errored.add(row[2].as<bool>() || decisive->state == DeliveryState::failed);
        any = true;
    }
    if (any) exec(transaction, statements().write, ids.text(), metadata.text(), errored.text());
}

/// What applications are told of them: each once, in the order in which they are applied.
void announce(pqxx::transaction_base& transaction, const std::vector<const Look*>& looks,
              const std::vector<std::string>& told) {
    std::vector<NewForward> forwards;
    for (const Look* look : looks) {
        if (look->superseded) continue;
        const boost::json::object data{{"id", look->message},
                                       {"channel", look->channel},
                                       {"part", look->report.part},
                                       {"parts", look->parts},
                                       {"state", to_string(look->report.state)},
                                       {"status", look->report.status},
                                       {"reason", look->report.reason},
                                       {"provider_id", look->provider_id},
                                       {"reported", to_iso_time(look->reported)}};
        forwards.push_back({event_report, "message " + std::to_string(look->message), look->message,
                            boost::json::serialize(data)});
    }
    insert_forwards(transaction, told, forwards);
}

}  // namespace

void keep_reports(pqxx::transaction_base& transaction, const std::vector<InboxEntry>& entries,
                  std::vector<KeptEntry>& kept) {
    // Of several about one request the furthest; of equal ones the first.
    std::map<std::pair<std::string, std::string>, std::size_t> furthest;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (!entries[i].report) continue;
        kept[i].is_new = false;
        const auto [known, is_first] =
            furthest.emplace(std::pair(entries[i].transport, entries[i].event_key), i);
        if (!is_first && entries[i].report->rank > entries[known->second].report->rank) known->second = i;
    }
    if (furthest.empty()) return;
    SqlArray transports, ids, channels, attempts, keys, ranks, states, statuses, reasons, metadata,
        acceptances, reported;
    for (const auto& [name, i] : furthest) {
        const InboxReport& report = *entries[i].report;
        transports.add(std::string_view(entries[i].transport));
        ids.add(std::string_view(entries[i].event_key));
        channels.add(std::string_view(entries[i].channel));
        if (report.attempt_id) {
            attempts.add(static_cast<long long>(*report.attempt_id));
        } else {
            attempts.add_null();
        }
        if (report.idempotency_key.empty()) {
            keys.add_null();
        } else {
            keys.add(std::string_view(report.idempotency_key));
        }
        ranks.add(report.rank);
        states.add(to_string(report.state));
        statuses.add(std::string_view(report.status));
        reasons.add(std::string_view(report.reason));
        metadata.add(std::string_view(report.metadata));
        acceptances.add(std::string_view(report.acceptance));
        reported.add(to_sql_time(entries[i].received));
    }
    for (const pqxx::row& row :
         exec(transaction, statements().keep, transports.text(), ids.text(), channels.text(), attempts.text(),
              keys.text(), ranks.text(), states.text(), statuses.text(), reasons.text(), metadata.text(),
              acceptances.text(), reported.text()))
        kept[furthest.at({row[0].c_str(), row[1].c_str()})].is_new = true;
}

AppliedReports write_reports(pqxx::transaction_base& transaction, std::size_t limit,
                             const RowKeeping& keeping, const std::vector<std::string>& told) {
    const std::vector<Look> all = looks(transaction, limit);
    std::vector<const Look*> unknown, doubted, known;
    AppliedReports applied;
    for (const Look& look : all) {
        (look.attempt == 0 ? unknown : look.accepted ? known : doubted).push_back(&look);
        if (look.attempt == 0 || !look.accepted) continue;
        if (look.report.state == DeliveryState::delivered) {
            ++applied.delivered[look.channel];
            applied.delivered_after[look.channel].push_back(look.reported - look.ended);
        }
        if (look.report.state == DeliveryState::failed) ++applied.failed[look.channel];
    }
    if (!unknown.empty()) put_off(transaction, unknown);
    // These are known to the journal from now on, and looked at again at once.
    if (!doubted.empty()) accept(transaction, doubted, keeping);
    if (!known.empty()) {
        mark_done(transaction, known);
        write_rows(transaction, known);
        announce(transaction, known, told);
    }
    applied.applied = known.size() + doubted.size();
    applied.waiting = unknown.size();
    return applied;
}

}  // namespace postrider
