-- What operators say, binding every daemon: where nothing leaves, which messages wait. And what tells
-- this database from a copy of it, which must not send.

-- Nothing of these channels leaves. Every claim looks here.
create table postrider.suspension (
    channel text not null,  -- '': all of them
    -- operator: somebody said so; copy: this is not the database that Postrider was installed on.
    cause text not null check (cause in ('operator', 'copy')),
    since timestamp with time zone not null default now(),
    until timestamp with time zone,
    reason text not null default '',
    primary key (channel, cause)
);

-- Messages that wait until somebody releases them; or that somebody has released, so that they go
-- however late they are.
create table postrider.message_hold (
    message_id bigint primary key,
    held boolean not null,
    since timestamp with time zone not null default now(),
    reason text not null default ''
);

-- The server's identity, its timeline, and which of its databases this is: a copy by pg_basebackup has
-- another timeline once it is promoted, one by pg_dump or a template another database, or server.
create function postrider.present_identity(
    out system_identifier text, out timeline text, out database_id bigint)
language sql volatile set search_path = pg_catalog, pg_temp as $$
    select (select c.system_identifier::text from pg_control_system() c),
           left(pg_walfile_name(pg_current_wal_lsn()), 8),
           (select d.oid::bigint from pg_database d where d.datname = current_database())
$$;

alter table postrider.installation add column timeline text, add column database_id bigint;
update postrider.installation i set timeline = p.timeline, database_id = p.database_id
    from postrider.present_identity() p where p.system_identifier = i.system_identifier;

-- Each session of a daemon begins with this: before it can claim anything on a copy, or on a standby
-- that was promoted and may lack the last claims, nothing leaves until an operator says so.
create function postrider.suspend_if_copy() returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    installed postrider.installation;
    present record;
    difference text;
begin
    if pg_is_in_recovery() then
        raise exception 'this server is a standby, which takes no writes'
            using errcode = 'read_only_sql_transaction';
    end if;
    select * into installed from postrider.installation;
    select * into present from postrider.present_identity();
    difference := case
        when installed.system_identifier is distinct from present.system_identifier
            then 'another server than the one that Postrider was installed on'
        when installed.database_id is distinct from present.database_id
            then 'another database of the server that Postrider was installed on'
        when installed.timeline is distinct from present.timeline
            then 'restored, or failed over to, since Postrider last knew it' end;
    if difference is null then return false; end if;
    insert into postrider.suspension (channel, cause, reason)
        values ('', 'copy', 'this database is ' || difference || '; a copy must not send')
        on conflict do nothing;
    if found then perform pg_notify('postrider_suspensions', ''); end if;
    return true;
end
$$;

-- From now on this is the database that sends.
create function postrider.accept_identity() returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update postrider.installation i
        set system_identifier = p.system_identifier, timeline = p.timeline, database_id = p.database_id
        from postrider.present_identity() p;
    delete from postrider.suspension where cause = 'copy';
$$;

revoke execute on function postrider.present_identity() from public;
revoke execute on function postrider.suspend_if_copy() from public;
revoke execute on function postrider.accept_identity() from public;

create or replace view postrider.messages as
select m.id,
       case when open.doubt_since is not null then 'in_doubt'
            when open.id is not null then 'sending'
            when m.errored then 'errored'
            when m.sent_date is not null then 'sent'
            when hold.held then 'held'
            when m.send_date <= now() then 'due'
            else 'scheduled' end as state,
       named.channel,
       m.send_date,
       m.sent_date,
       case when m.sent_date is not null and not m.errored and isfinite(m.send_date)
            then m.sent_date - m.send_date end as lag,
       (select count(*) from postrider.attempt_history h where h.message_id = m.id)
           + (case when open.id is null then 0 else 1 end) as attempts,
       r.not_before as retry_at,
       case when open.doubt_since is not null then open.doubt_reason
            when m.errored then postrider.metadata_text(m.transmission_metadata, 'error')
            when m.send_date = 'infinity' then 'never due: send_date is infinity'
            when m.sent_date is not null then null
            when hold.held then 'held by an operator' || coalesce(': ' || nullif(hold.reason, ''), '')
            else coalesce(
                (select 'suspended' || coalesce(' until ' || s.until::text, '')
                        || coalesce(': ' || nullif(s.reason, ''), '')
                 from postrider.suspension s
                 where s.channel in ('', named.channel) and (s.until is null or s.until > now())
                 order by s.until desc nulls first limit 1),
                r.reason) end as reason,
       last.provider_id
from {site}.simple_messaging_outgoingmessage m
left join postrider.attempt open on open.message_id = m.id
left join postrider.retry r on r.message_id = m.id
left join postrider.message_hold hold on hold.message_id = m.id
left join lateral (
    select h.channel, nullif(h.provider_id, '') as provider_id from postrider.attempt_history h
    where h.message_id = m.id order by h.closed desc limit 1) last on true
cross join lateral (
    select coalesce(open.channel, nullif(last.channel, ''),
                    postrider.metadata_text(m.transmission_metadata, 'message_channel')) as channel) named;
comment on view postrider.messages is
    'id, state (scheduled, due, held, sending, in_doubt, sent, errored), channel, send_date, sent_date, lag, attempts, retry_at, reason, provider_id';
