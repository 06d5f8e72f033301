#include "lib/store/outbox_statements.h"

#include "lib/model/message.h"
#include "lib/store/sql_time.h"

#include <fmt/format.h>

namespace postrider {

namespace {

/// Waiting rows as OutgoingMessage has them; the last column is the database's time. `before` and
/// `up_to` are the parameters of HeldRows, whose rows are left out.
std::string waiting_rows(const std::string& before, const std::string& up_to) {
    return fmt::format(R"(
        select m.id, m.destination, case when octet_length(m.message) <= {} then m.message end, {},
               m.transmission_metadata, m.xmin::text,
               (select count(*) from simple_messaging_outgoingmessagemedia p where p.message_id = m.id),
               exists (select from postrider.ready_message r where r.message_id = m.id),
               exists (select from postrider.attempt a where a.message_id = m.id),
               coalesce(t.failed_attempts, 0), {}, {}
        from simple_messaging_outgoingmessage m left join postrider.retry t on t.message_id = m.id
        where m.sent_date is null and not m.errored and (m.send_date >= {} or m.id > {}))",
                       text_bytes_max, sql_microseconds("m.send_date"), sql_microseconds("t.not_before"),
                       sql_microseconds("clock_timestamp()"), sql_timestamp(before), up_to);
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
/// - due: rows still as they were prepared. SKIP LOCKED leaves rows that somebody is writing, or
///   adding media to, for a later look;
/// - the unique index on open attempts decides between daemons: it alone, since with SKIP LOCKED
///   two claimers can both get a row, one after the other. Attempts that are open already are left
///   out before: on a conflict we would wait for whoever is ending that attempt, and he for the
///   message row that we hold;
/// - the same daemon asking with the same key gets the same attempt: its first answer was lost, so
///   nothing was sent yet, and what the row says now is what will be.
std::string claim() {
    return fmt::format(R"(
        with fence as materialized (
            select id from postrider.daemon where id = $1::bigint and ended is null for share),
        wanted as materialized (
            select * from unnest($2::bigint[], $3::xid[], $4::int[], $5::text[], $6::smallint[], $7::bytea[],
                                 $8::bytea[], $9::text[], $10::uuid[])
                as w(message_id, row_version, media_count, channel, shard, conversation, content_hash,
                     destination, idempotency_key)),
        due as materialized (
            select m.id from simple_messaging_outgoingmessage m join wanted w on w.message_id = m.id
            where m.sent_date is null and not m.errored and m.send_date <= {0} and m.xmin = w.row_version
              and (select count(*) from simple_messaging_outgoingmessagemedia p where p.message_id = m.id)
                  = w.media_count
              and not exists (
                  select from postrider.attempt o where o.message_id = m.id
                  and (o.daemon_id <> $1::bigint or o.idempotency_key <> w.idempotency_key))
            order by m.id for update of m skip locked)
        insert into postrider.attempt as a (message_id, channel, shard, conversation, daemon_id,
                                            idempotency_key, first_sent, content_hash, destination)
        select w.message_id, w.channel, w.shard, w.conversation, fence.id, w.idempotency_key, {0},
               w.content_hash, w.destination
        from wanted w join due on due.id = w.message_id cross join fence
        join postrider.shard s on s.shard = w.shard and s.daemon_id = fence.id
        on conflict (message_id, part) do update
            set channel = excluded.channel, shard = excluded.shard, conversation = excluded.conversation,
                content_hash = excluded.content_hash, destination = excluded.destination
            where a.daemon_id = excluded.daemon_id and a.idempotency_key = excluded.idempotency_key
        returning a.message_id, a.id, a.idempotency_key, {1})",
                       sql_timestamp("$11::bigint"), sql_microseconds("a.first_sent"));
}

/// Ends attempts, whoever has them by now: whoever made a request may say what came of it.
std::string close() {
    return fmt::format(R"(
        with result as materialized (
            select * from unnest($2::bigint[], $3::text[], $4::text[], $5::text[])
                as r(attempt_id, verdict, reason, provider_id)),
        closed as (
            delete from postrider.attempt a using result r
            where a.id = r.attempt_id and $1::bigint is not null
            returning a.*, r.verdict, r.reason, r.provider_id),
        history as (
            insert into postrider.attempt_history (
                id, message_id, part, parts, channel, daemon_id, idempotency_key, first_sent, content_hash,
                claimed, closed, verdict, reason, provider_id)
            select id, message_id, part, parts, channel, daemon_id, idempotency_key, first_sent, content_hash,
                   claimed, {}, verdict, reason, provider_id from closed)
        select id from closed)",
                       sql_timestamp("$6::bigint"));
}

/// Most rows are as they were claimed, so their new metadata is known: one statement, which also
/// cleans up what is kept about waiting messages.
std::string write_unchanged() {
    return fmt::format(R"(
        with result as materialized (
            select * from unnest($1::bigint[], $2::xid[], $3::boolean[], $4::text[])
                as r(message_id, row_version, errored, metadata)),
        ready as (delete from postrider.ready_message d using result r where d.message_id = r.message_id),
        retry as (delete from postrider.retry d using result r where d.message_id = r.message_id)
        update simple_messaging_outgoingmessage m
        set sent_date = {}, errored = r.errored, transmission_metadata = r.metadata
        from result r where m.id = r.message_id and m.xmin = r.row_version and m.sent_date is null
        returning m.id)",
                       sql_timestamp("$5::bigint"));
}

/// The others have been written by somebody since: their metadata is read under a lock.
std::string write_locked() {
    return fmt::format(R"(
        update simple_messaging_outgoingmessage m
        set sent_date = {}, errored = r.errored, transmission_metadata = r.metadata
        from unnest($1::bigint[], $2::boolean[], $3::text[]) as r(message_id, errored, metadata)
        where m.id = r.message_id)",
                       sql_timestamp("$4::bigint"));
}

std::string keep_waiting() {
    return fmt::format(R"(
        insert into postrider.retry (message_id, failed_attempts, not_before, reason)
        select r.message_id, r.failed_attempts, {}, r.reason
        from unnest($1::bigint[], $2::int[], $3::bigint[], $4::text[])
            as r(message_id, failed_attempts, not_before, reason)
        on conflict (message_id) do update
            set failed_attempts = excluded.failed_attempts, not_before = excluded.not_before,
                reason = excluded.reason)",
                       sql_timestamp("r.not_before"));
}

/// Attempts of the dead; and own ones that nobody has ended for a minute, by when their sends and
/// results have come back.
std::string adopt() {
    return fmt::format(R"(
        update postrider.attempt a set daemon_id = $1::bigint
        from postrider.daemon d, postrider.shard s, postrider.daemon me
        where d.id = a.daemon_id and s.shard = a.shard and me.id = $1::bigint and me.ended is null
          and ((d.ended is not null and s.daemon_id = $1::bigint)
               or (a.daemon_id = $1::bigint and a.claimed < clock_timestamp() - interval '1 minute'))
        returning a.id, a.message_id, a.channel, a.destination, a.content_hash, a.idempotency_key, {})",
                       sql_microseconds("a.first_sent"));
}

}  // namespace

const OutboxStatements& outbox_statements() {
    static const OutboxStatements statements{
        .read_due = read_due(),
        .read_by_id = waiting_rows("$2::bigint", "$3::bigint") + " and m.id = any ($1::bigint[])",
        .claim = claim(),
        .close = close(),
        .write_unchanged = write_unchanged(),
        .lock_rows =
            "select id, transmission_metadata from simple_messaging_outgoingmessage "
            "where id = any ($1::bigint[]) order by id for update",
        .write_locked = write_locked(),
        .keep_waiting = keep_waiting(),
        .withdraw =
            "delete from postrider.attempt where daemon_id = $1::bigint and idempotency_key = any "
            "($2::uuid[])",
        .adopt = adopt(),
    };
    return statements;
}

}  // namespace postrider
