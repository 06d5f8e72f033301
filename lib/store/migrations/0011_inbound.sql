-- The way in: what was received, what providers report of sent messages, and whom nothing may be sent.

-- What providers have told us, each once: a replay finds its first answer here.
create table postrider.inbound (
    transport text not null,
    event_key text not null,  -- the provider's name for it
    received timestamp with time zone not null default now(),
    replies text not null,    -- JSON: the texts that the answer had
    primary key (transport, event_key)
);
create index inbound_age on postrider.inbound using brin (received);

-- The furthest that a provider has reported of each request it accepted. A report may come before we
-- have recorded the request itself: it waits here.
create table postrider.delivery_report (
    transport text not null,
    provider_id text not null,
    channel text not null,
    -- What the report says of our attempt, for when its provider_id is not known.
    attempt_id bigint,
    idempotency_key uuid,
    rank smallint not null,   -- grows on a message's way
    state text not null check (state in ('under_way', 'delivered', 'failed')),
    status text not null,     -- in the provider's words
    reason text not null default '',
    metadata text not null,   -- JSON: keys for the message's metadata
    acceptance text not null, -- JSON: those that the answer to the request would have brought
    reported timestamp with time zone not null,
    -- Set once it is known whose it is; attempt_id then is ours.
    message_id bigint,
    part integer,
    applied boolean not null default false,
    look_at timestamp with time zone not null default now(),
    primary key (transport, provider_id)
);
create index delivery_report_open on postrider.delivery_report (look_at) where not applied;
create index delivery_report_message on postrider.delivery_report (message_id) where message_id is not null;
create index delivery_report_age on postrider.delivery_report using brin (reported);

-- Reports find their request by the provider's name for it.
create index attempt_history_provider on postrider.attempt_history (provider_id) where provider_id <> '';

-- Whom nothing may be sent: by a keyed hash of the address, on one channel or ('') on all.
create table postrider.suppression (
    recipient bytea not null,
    channel text not null default '',
    address text not null,  -- encrypted where there is a key
    cause text not null,    -- stop, provider, complaint, operator
    since timestamp with time zone not null default now(),
    note text not null default '',
    primary key (recipient, channel)
);
-- Moves with every change: who keeps a copy knows by it that the copy is old.
create sequence postrider.suppression_version;
create function postrider.note_suppression() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform nextval('postrider.suppression_version');
    return null;
end
$$;
create trigger note_suppression after insert or update or delete or truncate on postrider.suppression
    for each statement execute function postrider.note_suppression();

create function postrider.forget_inbound() returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from postrider.inbound where received < now() - interval '30 days';
    delete from postrider.delivery_report where reported < now() - interval '90 days';
    -- Of requests that nobody here has made.
    delete from postrider.delivery_report where not applied and reported < now() - interval '7 days';
$$;
revoke execute on function postrider.forget_inbound() from public;
revoke execute on function postrider.note_suppression() from public;

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
       last.provider_id,
       (select d.status from postrider.delivery_report d
        where d.message_id = m.id and not exists (
            select from postrider.attempt_history l where l.message_id = d.message_id and l.part = d.part
            and l.verdict = 'sent' and l.id > d.attempt_id)
        order by d.state = 'failed' desc, d.rank limit 1) as delivery
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
    'id, state (scheduled, due, held, sending, in_doubt, sent, errored), channel, send_date, sent_date, lag, attempts, retry_at, reason, provider_id, delivery';
