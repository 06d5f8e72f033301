#include "lib/store/claim_statement.h"

#include "lib/store/batch_span.h"
#include "lib/store/sql_time.h"

#include <fmt/format.h>

namespace postrider {

namespace {

/// One transaction, one statement:
/// - fence: this daemon is alive, and stays so until we commit (whoever buries it waits for us);
/// - due: rows still as they were prepared, each looked up by its id, whatever the planner thinks of
///   a table that was not analysed lately: num_nulls keeps it off the index of all that is due. SKIP
///   LOCKED leaves rows that somebody is writing, or adding media to, for a later look;
/// - the unique index on open attempts decides between daemons: it alone, since with SKIP LOCKED
///   two claimers can both get a row, one after the other. Attempts that are open already are left
///   out before: on a conflict we would wait for whoever is ending that attempt, and he for the
///   message row that we hold;
/// - suppressions: to whom nothing may be sent, nothing is, but what says so (of part 0);
/// - operators: what somebody holds, or has suspended, is granted to nobody;
/// - order: nothing passes an open attempt of its conversation, a peer's or one in doubt. Between
///   the messages of one claimer the lane sees to that; claimers of one shard take turns by burial;
/// - the journal overrules the row: what came to an end goes again only if whoever prepared it knew
///   of that end, and found that it was reset or is a new message; and the attempts so far must be
///   those that he knew of, since they say which part is next and whether a key must be repeated.
std::string claim(const std::string& on_conflict, const std::string& returned) {
    return fmt::format(R"(
        with fence as materialized (
            select id from postrider.daemon where id = $1::bigint and ended is null for share),
        wanted as materialized (
            select message_id, row_version, coalesce(media_count, 0) as media_count,
                   coalesce(channel, $18::text) as channel, shard, conversation, content_hash, destination,
                   idempotency_key, coalesce(part, 1) as part, coalesce(parts, 1) as parts, first_sent,
                   coalesce(known_end, 0) as known_end, coalesce(last_attempt, 0) as last_attempt,
                   recipient
            from unnest($2::bigint[], $3::xid[], $4::int[], $5::text[], $6::smallint[], $7::bytea[],
                        $8::bytea[], $9::text[], $10::uuid[], $11::int[], $12::int[], $13::bigint[],
                        $14::bigint[], $17::bigint[], $20::bytea[])
                as w(message_id, row_version, media_count, channel, shard, conversation, content_hash,
                     destination, idempotency_key, part, parts, first_sent, known_end, last_attempt, recipient)
            order by message_id),
        moment as materialized (
            select {now} as now, {due_by} as due_by, {doubts_hold_from} as doubts_hold_from),
        suspended as materialized (
            select s.channel from postrider.suspension s
            where s.until is null or s.until > (select now from moment)),
        {span},
        batch as materialized (
            select {any_media} as have_media, {any_open} as are_open, {any_ended} as have_ended,
                   {any_tried} as were_tried, {any_held} as are_held,
                   exists (select from postrider.suppression) as are_suppressed),
        due as materialized (
            select w.*, r.send_date from wanted w cross join lateral (
                select m.send_date from simple_messaging_outgoingmessage m
                where m.id = w.message_id and num_nulls(m.sent_date) = 1 and not m.errored
                  and m.send_date <= (select due_by from moment) and m.xmin = w.row_version
                  and w.media_count = case when (select have_media from batch) then (
                      select count(*) from simple_messaging_outgoingmessagemedia p
                      where p.message_id = m.id) else 0 end
                  and (not (select are_open from batch) or (
                      select o.id from postrider.attempt o where o.message_id = m.id
                      and (o.daemon_id <> $1::bigint or o.idempotency_key <> w.idempotency_key)
                      limit 1) is null)
                  and (
                      select o.id from postrider.attempt o
                      where o.conversation = w.conversation and o.message_id <> m.id
                      and (o.doubt_since is null or o.doubt_since > (select doubts_hold_from from moment))
                      limit 1) is null
                  and (not (select have_ended from batch) or (
                      select h.id from postrider.attempt_history h where h.message_id = m.id
                      and h.disposition in ('sent', 'given_up') and h.id > w.known_end
                      limit 1) is null)
                  and w.last_attempt = case when (select were_tried from batch) then coalesce((
                      select t.attempt_id from postrider.retry t where t.message_id = m.id), 0) else 0 end
                  and (not (select are_held from batch) or (
                      select d.message_id from postrider.message_hold d
                      where d.message_id = m.id and d.held) is null)
                  and (w.part = 0 or not (select are_suppressed from batch) or (
                      select s.recipient from postrider.suppression s
                      where s.recipient = w.recipient and s.channel in ('', w.channel) limit 1) is null)
                  and not exists (select from suspended s where s.channel in ('', w.channel))
                for update skip locked) r)
        insert into postrider.attempt as a (message_id, part, parts, channel, shard, conversation, daemon_id,
                                            idempotency_key, first_sent, content_hash, destination, send_date)
        select w.message_id, w.part, w.parts, w.channel, w.shard, w.conversation, fence.id, w.idempotency_key,
               coalesce({first_sent}, (select now from moment)), w.content_hash, w.destination, w.send_date
        from due w cross join fence
        where w.shard in (select s.shard from postrider.shard s where s.daemon_id = $1::bigint){}
        returning a.message_id, a.id{})",
                       on_conflict, returned, fmt::arg("span", span_of_wanted),
                       fmt::arg("any_media", has_any("simple_messaging_outgoingmessagemedia")),
                       fmt::arg("any_open", has_any("postrider.attempt")),
                       fmt::arg("any_ended", has_any("postrider.attempt_history")),
                       fmt::arg("any_tried", has_any("postrider.retry")),
                       fmt::arg("any_held", has_any("postrider.message_hold")),
                       fmt::arg("now", sql_timestamp("$15::bigint")),
                       fmt::arg("due_by", sql_timestamp("$19::bigint")),
                       fmt::arg("doubts_hold_from", sql_timestamp("$16::bigint")),
                       fmt::arg("first_sent", sql_timestamp("w.first_sent")));
}

}  // namespace

std::string claim_sql() { return claim("", ""); }

std::string claim_again_sql() {
    return claim(R"(
        on conflict (message_id) do update
            set part = excluded.part, parts = excluded.parts, channel = excluded.channel,
                shard = excluded.shard, conversation = excluded.conversation,
                content_hash = excluded.content_hash, destination = excluded.destination,
                send_date = excluded.send_date
            where a.daemon_id = excluded.daemon_id and a.idempotency_key = excluded.idempotency_key)",
                 ", a.idempotency_key, " + sql_time("a.first_sent"));
}

}  // namespace postrider
