#include "lib/store/outbox_statements.h"

#include "lib/model/message.h"
#include "lib/store/sql_time.h"

#include <fmt/format.h>

namespace postrider {

namespace {

/// Waiting rows as OutgoingMessage has them; the last column is the database's time. Left out are
/// those that somebody holds, and those of HeldRows (its parameters are `before` and `up_to`) that
/// nobody released. `joins` may add columns, `more`, at the end.
std::string waiting_rows(const std::string& before, const std::string& up_to, const std::string& more = "",
                         const std::string& joins = "") {
    return fmt::format(R"(
        select m.id, m.destination, case when octet_length(m.message) <= {} then m.message end, {},
               m.transmission_metadata, m.xmin::text,
               (select count(*) from simple_messaging_outgoingmessagemedia p where p.message_id = m.id),
               exists (select from postrider.ready_message r where r.message_id = m.id),
               a.id is not null, coalesce(t.failed_attempts, 0), {}, {}, coalesce(t.next_part, 1),
               t.idempotency_key, {}, {}, coalesce(t.attempt_id, 0), {}{}
        from simple_messaging_outgoingmessage m left join postrider.retry t on t.message_id = m.id
        left join postrider.attempt a on a.message_id = m.id{}
        left join postrider.message_hold h on h.message_id = m.id
        where m.sent_date is null and not m.errored and h.held is not true
          and (m.send_date >= {} or m.id > {} or h.held = false))",
                       text_bytes_max, sql_microseconds("m.send_date"), sql_microseconds("t.not_before"),
                       sql_microseconds("t.retried"), sql_microseconds("t.first_sent"),
                       sql_microseconds("a.doubt_since"), sql_microseconds("clock_timestamp()"), more, joins,
                       sql_timestamp(before), up_to);
}

/// With the last end that the journal has of each.
std::string read_by_id() {
    return waiting_rows("$2::bigint", "$3::bigint",
                        fmt::format(", e.id, e.part, e.disposition = 'given_up', {}, {}, e.content_hash, "
                                    "e.verdict, e.reason, e.provider_id, e.metadata, parts.accepted",
                                    sql_microseconds("e.send_date"), sql_microseconds("e.closed")),
                        join_last_end("m.id") + R"(
        left join lateral (
            select string_agg(encode(p.content_hash, 'hex'), '' order by p.part) as accepted
            from (select distinct on (h.part) h.part, h.content_hash from postrider.attempt_history h
                  where h.message_id = m.id and h.verdict = 'sent' and h.part > 0
                    and h.id > coalesce((select max(w.id) from postrider.attempt_history w
                                         where w.message_id = m.id and w.disposition = 'sent'), 0)
                  order by h.part, h.id desc) p) parts on e.disposition = 'given_up')") +
           " and m.id = any ($1::bigint[])";
}

std::string read_due() {
    return waiting_rows("$5::bigint", "$6::bigint") + fmt::format(R"(
          and (m.send_date, m.id) > ({}, $2::bigint) and m.send_date <= {} and m.send_date < 'infinity'
        order by m.send_date, m.id limit $4::bigint)",
                                                                  sql_timestamp("$1::bigint"),
                                                                  sql_timestamp("$3::bigint"));
}

/// One transaction, one statement:
/// - fence: this daemon is alive, and stays so until we commit (whoever buries it waits for us);
/// - due: rows still as they were prepared, each looked up by its id, whatever the planner thinks of
///   a table that was not analysed lately: num_nulls keeps it off the index of all that is due. SKIP
///   LOCKED leaves rows that somebody is writing, or adding media to, for a later look;
/// - the unique index on open attempts decides between daemons: it alone, since with SKIP LOCKED
///   two claimers can both get a row, one after the other. Attempts that are open already are left
///   out before: on a conflict we would wait for whoever is ending that attempt, and he for the
///   message row that we hold;
/// - operators: what somebody holds, or has suspended, is granted to nobody;
/// - order: nothing passes an open attempt of its conversation, a peer's or one in doubt. Between
///   the messages of one claimer the lane sees to that; claimers of one shard take turns by burial;
/// - the journal overrules the row: what came to an end goes again only if whoever prepared it knew
///   of that end, and found that it was reset or is a new message; and the attempts so far must be
///   those that he knew of, since they say which part is next and whether a key must be repeated;
/// - the same daemon asking with the same key gets the same attempt: its first answer was lost, so
///   nothing was sent yet, and what the row says now is what will be.
std::string claim() {
    return fmt::format(R"(
        with fence as materialized (
            select id from postrider.daemon where id = $1::bigint and ended is null for share),
        wanted as materialized (
            select * from unnest($2::bigint[], $3::xid[], $4::int[], $5::text[], $6::smallint[], $7::bytea[],
                                 $8::bytea[], $9::text[], $10::uuid[], $11::int[], $12::int[],
                                 $13::bigint[], $14::bigint[], $17::bigint[])
                as w(message_id, row_version, media_count, channel, shard, conversation, content_hash,
                     destination, idempotency_key, part, parts, first_sent, known_end, last_attempt)
            order by message_id),
        suspended as materialized (
            select s.channel from postrider.suspension s where s.until is null or s.until > {0}),
        due as materialized (
            select w.*, r.send_date from wanted w cross join lateral (
                select m.send_date from simple_messaging_outgoingmessage m
                where m.id = w.message_id and num_nulls(m.sent_date) = 1 and not m.errored
                  and m.send_date <= {0} and m.xmin = w.row_version
                  and (select count(*) from simple_messaging_outgoingmessagemedia p
                       where p.message_id = m.id) = w.media_count
                  and not exists (
                      select from postrider.attempt o where o.message_id = m.id
                      and (o.daemon_id <> $1::bigint or o.idempotency_key <> w.idempotency_key))
                  and not exists (
                      select from postrider.attempt o
                      where o.conversation = w.conversation and o.message_id <> m.id
                      and (o.doubt_since is null or o.doubt_since > {1}))
                  and not exists (
                      select from postrider.attempt_history h where h.message_id = m.id
                      and h.disposition in ('sent', 'given_up') and h.id > w.known_end)
                  and coalesce((select t.attempt_id from postrider.retry t where t.message_id = m.id), 0)
                      = w.last_attempt
                  and not exists (
                      select from postrider.message_hold d where d.message_id = m.id and d.held)
                  and not exists (select from suspended s where s.channel in ('', w.channel))
                for update skip locked) r)
        insert into postrider.attempt as a (message_id, part, parts, channel, shard, conversation, daemon_id,
                                            idempotency_key, first_sent, content_hash, destination, send_date)
        select w.message_id, w.part, w.parts, w.channel, w.shard, w.conversation, fence.id, w.idempotency_key,
               coalesce({2}, {0}), w.content_hash, w.destination, w.send_date
        from due w cross join fence
        join postrider.shard s on s.shard = w.shard and s.daemon_id = fence.id
        on conflict (message_id) do update
            set part = excluded.part, parts = excluded.parts, channel = excluded.channel,
                shard = excluded.shard, conversation = excluded.conversation,
                content_hash = excluded.content_hash, destination = excluded.destination,
                send_date = excluded.send_date
            where a.daemon_id = excluded.daemon_id and a.idempotency_key = excluded.idempotency_key
        returning a.message_id, a.id, a.idempotency_key, {3})",
                       sql_timestamp("$15::bigint"), sql_timestamp("$16::bigint"),
                       sql_timestamp("w.first_sent"), sql_microseconds("a.first_sent"));
}

/// Ends attempts, whoever has taken them over meanwhile: what came of a request is known to him who
/// made it. Tells which were open, which part each was, and whether others came before it.
std::string close() {
    return fmt::format(R"(
        with result as materialized (
            select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
                as r(attempt_id, verdict, reason, provider_id, disposition, metadata)),
        closed as (
            delete from postrider.attempt a using result r where a.id = r.attempt_id
            returning a.*, r.verdict, r.reason, r.provider_id, r.disposition, r.metadata),
        history as (
            insert into postrider.attempt_history (
                id, message_id, part, parts, channel, daemon_id, idempotency_key, first_sent, content_hash,
                claimed, closed, verdict, reason, provider_id, conversation, send_date, disposition, metadata)
            select id, message_id, part, parts, channel, daemon_id, idempotency_key, first_sent, content_hash,
                   claimed, {}, verdict, reason, provider_id, conversation, send_date, disposition, metadata
            from closed)
        select c.id, c.part, c.parts,
               exists (select from postrider.retry t where t.message_id = c.message_id) from closed c)",
                       sql_timestamp("$7::bigint"));
}

/// The request is over, but nobody knows how it ended.
std::string doubt() {
    return fmt::format(R"(
        update postrider.attempt a
        set doubt_since = coalesce(a.doubt_since, {0}), over_at = coalesce(a.over_at, {0}),
            doubt_reason = coalesce(a.doubt_reason, r.reason)
        from unnest($1::bigint[], $2::text[], $3::bigint[]) as r(attempt_id, reason, ended)
        where a.id = r.attempt_id)",
                       sql_timestamp("r.ended"));
}

/// Acceptance that is known only after the attempt had been ended as something else. A message in
/// parts that was given up stays so; one that waits goes on behind this part, and whoever has it in
/// memory as it was finds another attempt_id.
std::string add_evidence() {
    return R"(
        with late as (
            update postrider.attempt_history h
            set verdict = 'sent', disposition = case when h.part < h.parts then h.disposition else 'sent' end,
                reason = left('it was accepted, as was learned later; taken before as ' || h.verdict || ': '
                              || h.reason, 1000),
                provider_id = r.provider_id, metadata = r.metadata
            from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])
                as r(message_id, attempt_id, provider_id, metadata)
            where h.message_id = r.message_id and h.id = r.attempt_id and h.verdict <> 'sent'
            returning h.message_id, h.id, h.part, h.parts),
        behind as (
            update postrider.retry t
            set next_part = late.part + 1, attempt_id = - t.attempt_id, idempotency_key = null, first_sent = null
            from late where t.message_id = late.message_id and t.attempt_id = late.id
              and late.part < late.parts)
        select id, part, parts from late)";
}

/// Most rows are as they were claimed, so their new metadata is known: one statement, which also
/// cleans up what is kept about waiting messages.
std::string write_unchanged() {
    return fmt::format(R"(
        with result as materialized (
            select * from unnest($1::bigint[], $2::xid[], $3::boolean[], $4::text[], $5::bigint[])
                as r(message_id, row_version, errored, metadata, ended)),
        ready as (delete from postrider.ready_message d using result r where d.message_id = r.message_id),
        retry as (delete from postrider.retry d using result r where d.message_id = r.message_id)
        update simple_messaging_outgoingmessage m
        set sent_date = {}, errored = r.errored, transmission_metadata = r.metadata
        from result r where m.id = r.message_id and m.xmin = r.row_version and m.sent_date is null
        returning m.id)",
                       sql_timestamp("r.ended"));
}

/// The others have been written by somebody since: their metadata is read under a lock.
std::string write_locked() {
    return fmt::format(R"(
        update simple_messaging_outgoingmessage m
        set sent_date = {}, errored = r.errored, transmission_metadata = r.metadata
        from unnest($1::bigint[], $2::boolean[], $3::text[], $4::bigint[])
            as r(message_id, errored, metadata, ended)
        where m.id = r.message_id)",
                       sql_timestamp("r.ended"));
}

/// What the next try must know: the part it begins with, and the key if it is to be repeated.
std::string keep_waiting() {
    return fmt::format(R"(
        insert into postrider.retry as t (message_id, attempt_id, failed_attempts, not_before, reason, next_part,
                                          idempotency_key, first_sent)
        select r.message_id, r.attempt_id, r.failed_attempts, {}, r.reason,
               h.part + case when h.disposition = 'next_part' then 1 else 0 end,
               case when r.repeats_key then h.idempotency_key end, case when r.repeats_key then h.first_sent end
        from unnest($1::bigint[], $2::bigint[], $3::int[], $4::bigint[], $5::text[], $6::boolean[])
            as r(message_id, attempt_id, failed_attempts, not_before, reason, repeats_key)
        join postrider.attempt_history h on h.message_id = r.message_id and h.id = r.attempt_id
        on conflict (message_id) do update
            set attempt_id = excluded.attempt_id, failed_attempts = excluded.failed_attempts,
                not_before = excluded.not_before, reason = excluded.reason, next_part = excluded.next_part,
                idempotency_key = excluded.idempotency_key, first_sent = excluded.first_sent)",
                       sql_timestamp("r.not_before"));
}

/// Takes over what is in doubt in this daemon's shards: attempts of daemons that have ended, doubts
/// of living ones that gave the shard away, and own attempts that nobody has ended for a minute, by
/// when their sends and results have come back. A daemon that has ended may go on with a request
/// until its lease is over (10 s), and the request until its time-out (15 s).
std::string take_over_doubts() {
    return R"(
        update postrider.attempt a
        set daemon_id = $1::bigint, doubt_since = coalesce(a.doubt_since, d.ended, clock_timestamp()),
            over_at = coalesce(a.over_at, coalesce(d.ended, clock_timestamp()) + interval '25 seconds'),
            doubt_reason = coalesce(a.doubt_reason, 'its daemon ended while sending')
        from postrider.daemon d, postrider.shard s, postrider.daemon me
        where d.id = a.daemon_id and s.shard = a.shard and s.daemon_id = $1::bigint
          and me.id = $1::bigint and me.ended is null and a.message_id <> all ($2::bigint[])
          and (d.ended is not null or (a.doubt_since is not null and a.daemon_id <> $1::bigint)
               or (a.daemon_id = $1::bigint and a.doubt_since is null
                   and a.claimed < clock_timestamp() - interval '1 minute')))";
}

std::string read_doubts() {
    return fmt::format(R"(
        select a.id, a.idempotency_key, {}, a.message_id, {}, a.part, a.parts, a.channel, a.conversation,
               a.destination, a.content_hash, a.doubt_reason, {}, {}, coalesce(t.failed_attempts, 0)
        from postrider.attempt a join postrider.shard s on s.shard = a.shard and s.daemon_id = $1::bigint
        left join postrider.retry t on t.message_id = a.message_id
        where a.daemon_id = $1::bigint and a.doubt_since is not null and a.message_id <> all ($2::bigint[])
        order by a.first_sent, a.id)",
                       sql_microseconds("a.first_sent"), sql_microseconds("a.send_date"),
                       sql_microseconds("a.doubt_since"), sql_microseconds("a.over_at"));
}

/// Which of the provider's ids are somebody's: by our journal, or by what a second sender wrote into
/// its rows, from `$2` on.
std::string find_recorded_ids() {
    return fmt::format(R"(
        with asked as materialized (select distinct id from unnest($1::text[]) as a(id) where id <> '')
        select id from asked where exists (
            select from postrider.attempt_history h where h.provider_id = asked.id and h.closed >= {0})
        union
        select asked.id from simple_messaging_outgoingmessage m
        join asked on strpos(m.transmission_metadata, to_json(asked.id)::text) > 0
        where m.sent_date >= {0})",
                       sql_timestamp("$2::bigint"));
}

}  // namespace

const OutboxStatements& outbox_statements() {
    static const OutboxStatements statements{
        .read_due = {"read_due", read_due()},
        .read_by_id = {"read_by_id", read_by_id()},
        .claim = {"claim", claim()},
        .close = {"close", close()},
        .doubt = {"doubt", doubt()},
        .add_evidence = {"add_evidence", add_evidence()},
        .read_attempts = {"read_attempts",
                          "select message_id, id, part, parts, verdict, reason, provider_id, metadata, " +
                              sql_microseconds("closed") +
                              ", disposition in ('sent', 'given_up') from postrider.attempt_history "
                              "where message_id = any ($1::bigint[]) order by id"},
        .complete_metadata =
            {"complete_metadata",
             "update postrider.attempt_history h set metadata = r.metadata "
             "from unnest($1::bigint[], $2::bigint[], $3::text[]) as r(message_id, attempt_id, metadata) "
             "where h.message_id = r.message_id and h.id = r.attempt_id"},
        .write_unchanged = {"write_unchanged", write_unchanged()},
        .lock_rows = {"lock_rows",
                      "select id, transmission_metadata, errored from simple_messaging_outgoingmessage "
                      "where id = any ($1::bigint[]) order by id for update"},
        .write_locked = {"write_locked", write_locked()},
        .keep_waiting = {"keep_waiting", keep_waiting()},
        .withdraw = {"withdraw",
                     "delete from postrider.attempt where daemon_id = $1::bigint and idempotency_key = any "
                     "($2::uuid[])"},
        .take_over_doubts = {"take_over_doubts", take_over_doubts()},
        .read_doubts = {"read_doubts", read_doubts()},
        .find_recorded_ids = {"find_recorded_ids", find_recorded_ids()},
        .contents_in_flight =
            {"contents_in_flight",
             "select distinct content_hash from postrider.attempt where doubt_since is null"},
    };
    return statements;
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
