#include "lib/store/outbox_statements.h"

#include "lib/model/message.h"
#include "lib/store/batch_span.h"
#include "lib/store/claim_statement.h"
#include "lib/store/read_statements.h"
#include "lib/store/sql_time.h"

#include <fmt/format.h>

namespace postrider {

namespace {

/// Ends attempts, whoever has taken them over meanwhile: what came of a request is known to him who
/// made it. Tells which were open, which part each was, and whether others came before it.
std::string close() {
    return fmt::format(R"(
        with wanted as materialized (
            select attempt_id, coalesce(verdict, 'sent') as verdict, coalesce(reason, '') as reason, provider_id,
                   coalesce(disposition, 'sent') as disposition, metadata, message_id
            from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $8::bigint[])
                as r(attempt_id, verdict, reason, provider_id, disposition, metadata, message_id)),
        {},
        batch as materialized (select {} as were_tried),
        closed as (
            delete from postrider.attempt a using wanted r
            where a.message_id = r.message_id and a.id = r.attempt_id
            returning a.*, r.verdict, r.reason, r.provider_id, r.disposition, r.metadata),
        history as (
            insert into postrider.attempt_history (
                id, message_id, part, parts, channel, daemon_id, idempotency_key, first_sent, content_hash,
                claimed, closed, verdict, reason, provider_id, conversation, send_date, disposition, metadata)
            select id, message_id, part, parts, channel, daemon_id, idempotency_key, first_sent, content_hash,
                   claimed, {}, verdict, reason, provider_id, conversation, send_date, disposition, metadata
            from closed)
        select c.id, c.part, c.parts,
               case when (select were_tried from batch) then (
                   select t.message_id from postrider.retry t where t.message_id = c.message_id) is not null
               else false end
        from closed c)",
                       span_of_wanted, has_any("postrider.retry"), sql_timestamp("$7::bigint"));
}

/// The request is over, but nobody knows how it ended.
std::string doubt() {
    return fmt::format(R"(
        update postrider.attempt a
        set doubt_since = coalesce(a.doubt_since, {0}), over_at = coalesce(a.over_at, {0}),
            doubt_reason = coalesce(a.doubt_reason, r.reason)
        from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
            as r(attempt_id, reason, ended, message_id)
        where a.message_id = r.message_id and a.id = r.attempt_id)",
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
std::string write_unchanged(bool lookup_keys) {
    return fmt::format(R"(
        with wanted as materialized (
            select message_id, row_version, coalesce(errored, false) as errored, metadata, ended, destination,
                   message, lookup_key
            from unnest($1::bigint[], $2::xid[], $3::boolean[], $4::text[], $5::bigint[], $6::text[], $7::text[],
                        $8::text[])
                as r(message_id, row_version, errored, metadata, ended, destination, message, lookup_key)),
        {},
        batch as materialized (select {} as are_ready, {} as were_tried),
        ready as (delete from postrider.ready_message d using wanted r
                  where (select are_ready from batch) and d.message_id = r.message_id),
        retry as (delete from postrider.retry t using wanted r
                  where (select were_tried from batch) and t.message_id = r.message_id)
        update simple_messaging_outgoingmessage m
        set sent_date = {}, errored = r.errored, transmission_metadata = r.metadata,
            destination = coalesce(r.destination, m.destination), message = coalesce(r.message, m.message){}
        from wanted r where m.id = r.message_id and m.xmin = r.row_version and m.sent_date is null
        returning m.id)",
                       span_of_wanted, has_any("postrider.ready_message"), has_any("postrider.retry"),
                       sql_timestamp("r.ended"),
                       lookup_keys ? ", lookup_key = coalesce(r.lookup_key, m.lookup_key)" : "");
}

/// The others have been written by somebody since, or nobody knows what they were: they are read under a lock.
std::string lock_rows(bool lookup_keys) {
    return fmt::format(
        "select id, transmission_metadata, errored, destination, "
        "case when octet_length(message) <= {} then message end, {} "
        "from simple_messaging_outgoingmessage where id = any ($1::bigint[]) order by id for update",
        text_bytes_max, lookup_keys ? "lookup_key" : "''");
}

std::string write_locked(bool lookup_keys) {
    return fmt::format(R"(
        update simple_messaging_outgoingmessage m
        set sent_date = {}, errored = r.errored, transmission_metadata = r.metadata,
            destination = coalesce(r.destination, m.destination), message = coalesce(r.message, m.message){}
        from unnest($1::bigint[], $2::boolean[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[])
            as r(message_id, errored, metadata, ended, destination, message, lookup_key)
        where m.id = r.message_id)",
                       sql_timestamp("r.ended"),
                       lookup_keys ? ", lookup_key = coalesce(r.lookup_key, m.lookup_key)" : "");
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
/// Under an attempt of no part nothing was to be sent: it is taken back, for its message to be judged anew.
std::string take_over_doubts() {
    const std::string left_open = R"(
            d.id = a.daemon_id and s.shard = a.shard and s.daemon_id = $1::bigint
            and me.id = $1::bigint and me.ended is null and a.message_id <> all ($2::bigint[])
            and (d.ended is not null or (a.doubt_since is not null and a.daemon_id <> $1::bigint)
                 or (a.daemon_id = $1::bigint and a.doubt_since is null
                     and a.claimed < clock_timestamp() - interval '1 minute')))";
    return fmt::format(R"(
        with taken_back as (
            delete from postrider.attempt a using postrider.daemon d, postrider.shard s, postrider.daemon me
            where a.part = 0 and {0})
        update postrider.attempt a
        set daemon_id = $1::bigint, doubt_since = coalesce(a.doubt_since, d.ended, clock_timestamp()),
            over_at = coalesce(a.over_at, coalesce(d.ended, clock_timestamp()) + interval '25 seconds'),
            doubt_reason = coalesce(a.doubt_reason, 'its daemon ended while sending')
        from postrider.daemon d, postrider.shard s, postrider.daemon me
        where a.part > 0 and {0})",
                       left_open);
}

std::string read_doubts() {
    return fmt::format(R"(
        select a.id, a.idempotency_key, {}, a.message_id, {}, a.part, a.parts, a.channel, a.conversation,
               a.destination, a.content_hash, a.doubt_reason, {}, {}, coalesce(t.failed_attempts, 0)
        from postrider.attempt a join postrider.shard s on s.shard = a.shard and s.daemon_id = $1::bigint
        left join postrider.retry t on t.message_id = a.message_id
        where a.daemon_id = $1::bigint and a.doubt_since is not null and a.message_id <> all ($2::bigint[])
        order by a.first_sent, a.id)",
                       sql_time("a.first_sent"), sql_time("a.send_date"), sql_time("a.doubt_since"),
                       sql_time("a.over_at"));
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
        .read_due = {"read_due", read_due_sql(true)},
        .read_due_without_key = {"read_due_without_key", read_due_sql(false)},
        .read_by_id = {"read_by_id", read_by_id_sql(true)},
        .read_by_id_without_key = {"read_by_id_without_key", read_by_id_sql(false)},
        .read_media = {"read_media",
                       "select message_id, content_file, content_type from "
                       "simple_messaging_outgoingmessagemedia where message_id = any ($1::bigint[]) "
                       "order by message_id, \"index\", id"},
        .claim = {"claim", claim_sql()},
        .claim_again = {"claim_again", claim_again_sql()},
        .close = {"close", close()},
        .doubt = {"doubt", doubt()},
        .add_evidence = {"add_evidence", add_evidence()},
        .read_attempts = {"read_attempts",
                          "select message_id, id, part, parts, verdict, reason, provider_id, metadata, " +
                              sql_time("closed") +
                              ", disposition in ('sent', 'given_up') from postrider.attempt_history "
                              "where message_id = any ($1::bigint[]) order by id"},
        .complete_metadata =
            {"complete_metadata",
             "update postrider.attempt_history h set metadata = r.metadata "
             "from unnest($1::bigint[], $2::bigint[], $3::text[]) as r(message_id, attempt_id, metadata) "
             "where h.message_id = r.message_id and h.id = r.attempt_id"},
        .write_unchanged = {"write_unchanged", write_unchanged(false)},
        .write_unchanged_with_key = {"write_unchanged_with_key", write_unchanged(true)},
        .lock_rows = {"lock_rows", lock_rows(false)},
        .lock_rows_with_key = {"lock_rows_with_key", lock_rows(true)},
        .write_locked = {"write_locked", write_locked(false)},
        .write_locked_with_key = {"write_locked_with_key", write_locked(true)},
        .keep_waiting = {"keep_waiting", keep_waiting()},
        .withdraw = {"withdraw",
                     "delete from postrider.attempt where daemon_id = $1::bigint and idempotency_key = any "
                     "($2::uuid[])"},
        .take_over_doubts = {"take_over_doubts", take_over_doubts()},
        .read_doubts = {"read_doubts", read_doubts()},
        .find_recorded_ids = {"find_recorded_ids", find_recorded_ids()},
        .reported = {"reported", R"(
            select a.id, r.provider_id, r.acceptance
            from postrider.delivery_report r
            join postrider.attempt a on a.id = r.attempt_id or a.idempotency_key = r.idempotency_key
            where not r.applied and a.id = any ($1::bigint[]))"},
        .contents_in_flight =
            {"contents_in_flight",
             "select distinct content_hash from postrider.attempt where doubt_since is null"},
    };
    return statements;
}

}  // namespace postrider
