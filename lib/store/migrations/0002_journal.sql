-- Who runs, who may send what, and what came of it.

-- One row: what this installation is. A database that is restored or cloned elsewhere has another
-- system identifier or timeline, and must not send (docs/operations.md).
create table postrider.installation (
    one boolean primary key default true check (one),
    site_schema text not null,
    system_identifier text,
    installed timestamp with time zone not null default now(),
    -- The newest message then: of those up to it, what was long overdue is held (lateness_max).
    last_message_id bigint not null,
    -- Keys the hashes of conversations and contents where no secret key is configured.
    hash_salt bytea not null
);

create table postrider.daemon (
    id bigint generated always as identity primary key,
    host text not null,
    process integer not null,
    version text not null,
    started timestamp with time zone not null default now(),
    -- Set by the daemon itself when it leaves, or by a peer that found it dead. After that
    -- nothing is granted to it: each claim looks here first.
    ended timestamp with time zone
);
create index daemon_alive on postrider.daemon (id) where ended is null;

-- Apart from postrider.daemon, whose rows are share-locked by every claim.
create table postrider.heartbeat (
    daemon_id bigint primary key references postrider.daemon (id) on delete cascade,
    at timestamp with time zone not null
);

-- Conversations belong to daemons: by their hash to a shard, and the shard to a daemon.
create table postrider.shard (
    shard smallint primary key,
    daemon_id bigint references postrider.daemon (id)
);
insert into postrider.shard (shard) select generate_series(0, 63);

-- The journal of attempts under way: small and hot. A row here is the right, and the only right,
-- to make this provider request; it is committed before the first byte leaves.
create table postrider.attempt (
    id bigint generated always as identity primary key,
    message_id bigint not null,
    part integer not null default 1,
    parts integer not null default 1,
    channel text not null,
    shard smallint not null,
    conversation bytea not null,
    daemon_id bigint not null,
    idempotency_key uuid not null,
    first_sent timestamp with time zone not null,
    content_hash bytea not null,
    destination text not null,
    claimed timestamp with time zone not null default now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create unique index attempt_open on postrider.attempt (message_id, part);

-- Attempts that have ended, by month, so that forgetting them is a DROP.
create table postrider.attempt_history (
    id bigint not null,
    message_id bigint not null,
    part integer not null,
    parts integer not null,
    channel text not null,
    daemon_id bigint not null,
    idempotency_key uuid not null,
    first_sent timestamp with time zone not null,
    content_hash bytea not null,
    claimed timestamp with time zone not null,
    closed timestamp with time zone not null,
    verdict text not null,
    reason text not null,
    provider_id text not null
) partition by range (closed);
create index attempt_history_message on postrider.attempt_history (message_id);
create table postrider.attempt_history_other partition of postrider.attempt_history default;

-- Messages that wait for another try.
create table postrider.retry (
    message_id bigint primary key,
    failed_attempts integer not null,
    not_before timestamp with time zone not null,
    reason text not null
);

-- Messages declared complete (postrider.ready, postrider.enqueue): they need not settle.
create table postrider.ready_message (
    message_id bigint primary key,
    declared timestamp with time zone not null default now()
);

-- Idempotency keys of postrider.enqueue, as hashes: applications put anything into such keys.
create table postrider.enqueued (
    key_hash bytea primary key,
    message_id bigint not null,
    enqueued timestamp with time zone not null default now()
);
create index enqueued_age on postrider.enqueued (enqueued);

-- Rights on the site's own tables that `migrate --grant` gave: uninstalling takes them back. What a
-- role had before is not here.
create table postrider.granted (
    role_name text,
    privilege text,
    object text,
    primary key (role_name, privilege, object)
);

-- Housekeeping that needs the owner's rights: the daemon calls it at start and now and then.
-- Months are those of UTC, whatever the session's time zone: else two of them could overlap.
create function postrider.maintain() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
    month date;
    next_month date;
    name text;
begin
    -- Not waited for: whoever holds it is doing this very thing. (advisory_lock.h: `migration`.)
    if not pg_try_advisory_xact_lock(1349481333, 2) then return; end if;
    for month in select generate_series(date_trunc('month', now()), date_trunc('month', now()) + interval '2 months',
                                        interval '1 month')::date loop
        next_month := month + interval '1 month';
        name := 'attempt_history_' || to_char(month, 'YYYY_MM');
        if to_regclass('postrider.' || name) is null then
            -- Rows that came before their month's partition are in the default one, which must not
            -- hold them when the partition is attached.
            lock table postrider.attempt_history_other in access exclusive mode;
            execute format('create table postrider.%I (like postrider.attempt_history including defaults)', name);
            execute format('with early as (delete from postrider.attempt_history_other '
                           'where closed >= %L and closed < %L returning *) '
                           'insert into postrider.%I select * from early', month, next_month, name);
            execute format('alter table postrider.attempt_history attach partition postrider.%I '
                           'for values from (%L) to (%L)', name, month, next_month);
        end if;
    end loop;
    delete from postrider.enqueued where enqueued < now() - interval '30 days';
    delete from postrider.ready_message r where r.declared < now() - interval '1 hour' and not exists (
        select from {site}.simple_messaging_outgoingmessage m
        where m.id = r.message_id and m.sent_date is null and not m.errored);
    delete from postrider.retry r where not exists (
        select from {site}.simple_messaging_outgoingmessage m
        where m.id = r.message_id and m.sent_date is null and not m.errored);
    delete from postrider.daemon d where d.ended < now() - interval '30 days'
        and not exists (select from postrider.attempt a where a.daemon_id = d.id)
        and not exists (select from postrider.shard s where s.daemon_id = d.id);
end
$$;
select postrider.maintain();

insert into postrider.installation (site_schema, system_identifier, last_message_id, hash_salt)
select n.nspname, (select system_identifier::text from pg_control_system()),
       (select coalesce(max(id), 0) from {site}.simple_messaging_outgoingmessage),
       decode(md5(random()::text || clock_timestamp()::text || n.oid::text) || md5(random()::text || c.oid::text), 'hex')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.oid = '{site}.simple_messaging_outgoingmessage'::regclass;
