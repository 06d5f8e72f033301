-- What applications are still to be told of what came in (`forward` of the configuration).

-- One row for each endpoint, from the transaction that stored the message or applied the report until the endpoint
-- has acknowledged it. Neither addresses nor texts: a webhook is made of the rows that it is about, when it goes.
create table postrider.forward (
    id bigint generated always as identity primary key,
    endpoint text not null,
    event text not null check (event in ('message.received', 'message.report')),
    conversation text not null,  -- within which each endpoint is told in the order of id
    message_id bigint not null,  -- of what came in; of a report, of what was sent
    report text,                 -- JSON: what the report says
    created timestamp with time zone not null default clock_timestamp(),
    tries integer not null default 0,
    -- Of what waits for another of its conversation 'infinity': so nobody reads it in vain.
    not_before timestamp with time zone not null default clock_timestamp(),
    reason text not null default '',  -- why the last try failed
    daemon_id bigint,                 -- who is at it, until not_before or its own end, whichever is first
    redriven timestamp with time zone, -- an operator wanted it again
    dead timestamp with time zone     -- given up then, unless an operator wants it again
);
create index forward_order on postrider.forward (endpoint, conversation, id) where dead is null;
create index forward_due on postrider.forward (endpoint, not_before) where dead is null;
create index forward_taken on postrider.forward (daemon_id) where daemon_id is not null and dead is null;

create function postrider.tend_forwards() returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from postrider.forward where dead < now() - interval '90 days';
    -- Whose turn it is, and nobody has said so: what was before them was discarded.
    update postrider.forward f set not_before = clock_timestamp()
    where f.dead is null and f.not_before = 'infinity' and not exists (
        select from postrider.forward e where e.endpoint = f.endpoint and e.conversation = f.conversation
        and e.id < f.id and e.dead is null);
$$;
revoke execute on function postrider.tend_forwards() from public;

-- Whoever listens is told, also where no receiver (0010) ever was.
create or replace function postrider.announce_incoming() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from postrider.receiver) then
        insert into postrider.incoming_waiting (message_id) values (new.id)
            on conflict (message_id) do update set arrived = excluded.arrived;
    end if;
    perform pg_notify('postrider_incoming', new.id::text);
    return null;
end
$$;
