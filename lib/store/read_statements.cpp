#include "lib/store/read_statements.h"

#include "lib/model/message.h"
#include "lib/store/batch_span.h"
#include "lib/store/sql_time.h"

#include <fmt/format.h>

namespace postrider {

namespace {

/// Rows that wait, and that nobody holds: neither somebody, nor HeldRows (its parameters are `before`
/// and `up_to`) unless somebody released them.
std::string is_waiting(const std::string& before, const std::string& up_to) {
    return fmt::format(R"(
            m.sent_date is null and not m.errored
            and (not (select any_held from holds) or (
                select h.message_id from postrider.message_hold h
                where h.message_id = m.id and h.held) is null)
            and (m.send_date >= {} or m.id > {} or (
                select h.message_id from postrider.message_hold h
                where h.message_id = m.id and not h.held) is not null))",
                       sql_timestamp(before), up_to);
}

/// Waiting rows as OutgoingMessage has them, of those that `which` selects; the last column is the
/// database's time. `joins` may add columns, `more`, at the end.
std::string waiting_rows(const std::string& which, bool lookup_keys, const std::string& more = "",
                         const std::string& joins = "") {
    return fmt::format(
        R"(
        with holds as materialized (select exists (select from postrider.message_hold) as any_held),
        wanted as materialized (
            select m.id as message_id, m.destination, m.message, m.send_date, m.transmission_metadata, m.xmin,
                   {has_key} as has_lookup_key
            from simple_messaging_outgoingmessage m where {which}),
        {span},
        batch as materialized (
            select {any_media} as have_media, {any_ready} as are_ready, {any_tried} as were_tried,
                   {any_open} as are_open, {now} as now)
        select m.message_id, m.destination, case when octet_length(m.message) <= {text_max} then m.message end,
               {send_date}, m.transmission_metadata, m.xmin::text,
               case when (select have_media from batch) then (
                   select count(*) from simple_messaging_outgoingmessagemedia p
                   where p.message_id = m.message_id) else 0 end,
               (select are_ready from batch) and (
                   select r.message_id from postrider.ready_message r
                   where r.message_id = m.message_id) is not null,
               a.id is not null, coalesce(t.failed_attempts, 0), {not_before}, {retried},
               coalesce(t.next_part, 1), t.idempotency_key, {first_sent}, {doubt_since},
               coalesce(t.attempt_id, 0), m.has_lookup_key,
               case when t.next_part > 1 then (
                   select h.metadata from postrider.attempt_history h
                   where h.message_id = m.message_id and h.id = abs(t.attempt_id)) end,
               (select now from batch){more}
        from wanted m
        left join lateral (select * from postrider.retry t
                           where (select were_tried from batch) and t.message_id = m.message_id) t on true
        left join lateral (select * from postrider.attempt a
                           where (select are_open from batch) and a.message_id = m.message_id) a on true{joins})",
        fmt::arg("which", which), fmt::arg("has_key", lookup_keys ? "m.lookup_key is not null" : "true"),
        fmt::arg("span", span_of_wanted),
        fmt::arg("any_media", has_any("simple_messaging_outgoingmessagemedia")),
        fmt::arg("any_ready", has_any("postrider.ready_message")),
        fmt::arg("any_tried", has_any("postrider.retry")), fmt::arg("any_open", has_any("postrider.attempt")),
        fmt::arg("text_max", text_bytes_max), fmt::arg("send_date", sql_time("m.send_date")),
        fmt::arg("not_before", sql_time("t.not_before")), fmt::arg("retried", sql_time("t.retried")),
        fmt::arg("first_sent", sql_time("t.first_sent")), fmt::arg("doubt_since", sql_time("a.doubt_since")),
        fmt::arg("now", sql_time("clock_timestamp()")), fmt::arg("more", more), fmt::arg("joins", joins));
}

}  // namespace

std::string read_by_id_sql(bool lookup_keys) {
    return waiting_rows("m.id = any ($1::bigint[]) and" + is_waiting("$2::bigint", "$3::bigint"), lookup_keys,
                        fmt::format(", e.id, e.part, e.disposition = 'given_up', {}, {}, e.content_hash, "
                                    "e.verdict, e.reason, e.provider_id, e.metadata, parts.accepted",
                                    sql_time("e.send_date"), sql_time("e.closed")),
                        join_last_end("m.message_id") + R"(
        left join lateral (
            select string_agg(encode(p.content_hash, 'hex'), '' order by p.part) as accepted
            from (select distinct on (h.part) h.part, h.content_hash from postrider.attempt_history h
                  where h.message_id = m.message_id and h.verdict = 'sent' and h.part > 0
                    and h.id > coalesce((select max(w.id) from postrider.attempt_history w
                                         where w.message_id = m.message_id and w.disposition = 'sent'), 0)
                  order by h.part, h.id desc) p) parts on e.disposition = 'given_up')");
}

std::string read_due_sql(bool lookup_keys) {
    return waiting_rows(is_waiting("$5::bigint", "$6::bigint") + fmt::format(R"(
            and (m.send_date, m.id) > ({}, $2::bigint) and m.send_date <= {} and m.send_date < 'infinity'
            order by m.send_date, m.id limit $4::bigint)",
                                                                             sql_timestamp("$1::bigint"),
                                                                             sql_timestamp("$3::bigint")),
                        lookup_keys);
}

std::string read_any_sql(bool lookup_keys) {
    return waiting_rows("m.id = $1::bigint and m.sent_date is null and not m.errored", lookup_keys);
}

std::string join_last_end(const std::string& message_id) {
    return fmt::format(R"(
        left join lateral (
            select * from postrider.attempt_history h
            where h.message_id = {} and h.disposition in ('sent', 'given_up')
            order by h.id desc limit 1) e on true )",
                       message_id);
}

}  // namespace postrider
