-- What crash safety needs to know of attempts: doubts, parts, ends that a stale save must not undo.

alter table postrider.attempt
    add column send_date timestamp with time zone,
    -- Since when nobody knows whether the provider has accepted it, and why. Null: under way.
    add column doubt_since timestamp with time zone,
    add column doubt_reason text,
    -- From then on the request cannot reach the provider any more.
    add column over_at timestamp with time zone;
-- Parts go one after the other: a message has one open attempt, whichever part it is of.
drop index postrider.attempt_open;
create unique index attempt_open on postrider.attempt (message_id);
create index attempt_conversation on postrider.attempt (conversation);

alter table postrider.attempt_history
    add column conversation bytea,
    add column send_date timestamp with time zone,
    -- What followed for the message: sent, given_up, waiting, next_part.
    add column disposition text,
    -- The keys that the outcome brought to the message's metadata.
    add column metadata text not null default '{}',
    -- When somebody said that a message given up in doubt has been seen to.
    add column handled timestamp with time zone;
update postrider.attempt_history set disposition = case
    when verdict = 'sent' then 'sent' when verdict in ('rejected', 'in_doubt') then 'given_up' else 'waiting' end;
create index attempt_history_closed on postrider.attempt_history using brin (closed);
create index attempt_history_doubt on postrider.attempt_history (closed)
    where verdict = 'in_doubt' and disposition = 'given_up' and handled is null;

alter table postrider.retry
    -- The attempt that this is as of: whoever claims must have known it.
    add column attempt_id bigint not null default 0,
    add column next_part integer not null default 1,
    -- The next try repeats this key, for the provider to tell whether it has accepted the last one.
    add column idempotency_key uuid,
    add column first_sent timestamp with time zone,
    -- When an operator asked for another try: the time to expire counts from then.
    add column retried timestamp with time zone;

create or replace view postrider.messages as
select m.id,
       case when open.doubt_since is not null then 'in_doubt'
            when open.id is not null then 'sending'
            when m.errored then 'errored'
            when m.sent_date is not null then 'sent'
            when m.send_date <= now() then 'due'
            else 'scheduled' end as state,
       coalesce(open.channel, last.channel,
                postrider.metadata_text(m.transmission_metadata, 'message_channel')) as channel,
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
            when m.sent_date is null then r.reason end as reason,
       last.provider_id
from {site}.simple_messaging_outgoingmessage m
left join postrider.attempt open on open.message_id = m.id
left join postrider.retry r on r.message_id = m.id
left join lateral (
    select h.channel, nullif(h.provider_id, '') as provider_id from postrider.attempt_history h
    where h.message_id = m.id order by h.closed desc limit 1) last on true;
comment on view postrider.messages is
    'id, state (scheduled, due, sending, in_doubt, sent, errored), channel, send_date, sent_date, lag, attempts, retry_at, reason, provider_id';
